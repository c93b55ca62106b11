package onnx

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// described is what a model's file says about itself.
type described struct {
	metadata map[string]string
	input    port
	output   port
}

// port is an input or output. A side of -1 may be anything.
type port struct {
	name     string
	elements int // TensorProto.DataType
	shape    []int
}

// Bounds of what a model may describe.
const (
	maxMetadata = 256
	maxSides    = 8
	typeFloat   = 1
)

// describe reads the parts of a ModelProto that say how to use it, and none of its weights. Field numbers are
// those of onnx.proto.
func describe(model []byte) (described, error) {
	d := described{metadata: map[string]string{}}
	var inputs, outputs []port
	constants := map[string]bool{}
	err := fields(model, func(number protowire.Number, value []byte) error {
		switch number {
		case 7: // graph
			return fields(value, func(number protowire.Number, value []byte) error {
				switch number {
				case 5: // initializer, which old models list as an input too
					name, err := field(value, 8)
					constants[string(name)] = true
					return err
				case 11:
					return appendPort(&inputs, value)
				case 12:
					return appendPort(&outputs, value)
				}
				return nil
			})
		case 14: // metadata_props
			key, err := field(value, 1)
			if err != nil {
				return err
			}
			text, err := field(value, 2)
			if err != nil {
				return err
			}
			if len(d.metadata) == maxMetadata {
				return errors.New("too much metadata")
			}
			d.metadata[string(key)] = strings.ToValidUTF8(string(text), "?")
		}
		return nil
	})
	if err != nil {
		return d, err
	}
	free := inputs[:0]
	for _, p := range inputs {
		if !constants[p.name] {
			free = append(free, p)
		}
	}
	if len(free) != 1 || len(outputs) != 1 {
		return d, fmt.Errorf("%d inputs and %d outputs; want one of each", len(free), len(outputs))
	}
	d.input, d.output = free[0], outputs[0]
	return d, nil
}

// appendPort reads a ValueInfoProto.
func appendPort(to *[]port, value []byte) error {
	p := port{}
	if len(*to) == 4096 {
		return errors.New("too many inputs or outputs")
	}
	err := fields(value, func(number protowire.Number, value []byte) error {
		switch number {
		case 1:
			p.name = string(value)
		case 2: // type
			tensor, err := field(value, 1)
			if err != nil {
				return err
			}
			return p.tensor(tensor)
		}
		return nil
	})
	*to = append(*to, p)
	return err
}

// tensor reads a TypeProto.Tensor.
func (p *port) tensor(value []byte) error {
	elements, err := number(value, 1)
	if err != nil {
		return err
	}
	p.elements = elements
	shape, err := field(value, 2)
	if err != nil {
		return err
	}
	return fields(shape, func(_ protowire.Number, dimension []byte) error {
		if len(p.shape) == maxSides {
			return errors.New("a tensor of too many dimensions")
		}
		side, err := number(dimension, 1)
		p.shape = append(p.shape, side)
		return err
	})
}

// fields calls f for each field of a message that has a length.
func fields(message []byte, f func(protowire.Number, []byte) error) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		if kind != protowire.BytesType {
			if n = protowire.ConsumeFieldValue(number, kind, message); n < 0 {
				return protowire.ParseError(n)
			}
			message = message[n:]
			continue
		}
		value, n := protowire.ConsumeBytes(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		if err := f(number, value); err != nil {
			return err
		}
		message = message[n:]
	}
	return nil
}

// field is the last value of a field with a length, or nil.
func field(message []byte, want protowire.Number) (value []byte, err error) {
	err = fields(message, func(number protowire.Number, v []byte) error {
		if number == want {
			value = v
		}
		return nil
	})
	return value, err
}

// number is the last value of a field with a number that is a size, or -1.
func number(message []byte, want protowire.Number) (int, error) {
	found := -1
	for len(message) > 0 {
		field, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return found, protowire.ParseError(n)
		}
		message = message[n:]
		if field == want && kind == protowire.VarintType {
			v, n := protowire.ConsumeVarint(message)
			if n < 0 {
				return found, protowire.ParseError(n)
			}
			found = -1
			if v < 1<<31 {
				found = int(v)
			}
		}
		if n = protowire.ConsumeFieldValue(field, kind, message); n < 0 {
			return found, protowire.ParseError(n)
		}
		message = message[n:]
	}
	return found, nil
}
