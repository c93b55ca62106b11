package convert

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Versions of the format that are written: opset 17 came with IR 8 (ONNX 1.12).
const (
	irVersion = 8
	opset     = 17
)

// Types of onnx.proto: TensorProto.DataType and AttributeProto.AttributeType.
const (
	typeFloat = 1
	attrInt   = 2
	attrInts  = 7
)

// message is a protobuf message that grows. Field numbers are those of onnx.proto.
type message []byte

func (m *message) number(field protowire.Number, v int) {
	*m = protowire.AppendTag(*m, field, protowire.VarintType)
	*m = protowire.AppendVarint(*m, uint64(v))
}

func (m *message) bytes(field protowire.Number, v []byte) {
	*m = protowire.AppendTag(*m, field, protowire.BytesType)
	*m = protowire.AppendBytes(*m, v)
}

func (m *message) text(field protowire.Number, v string) { m.bytes(field, []byte(v)) }

// graphProto is what a GraphProto gets, in the order in which it comes.
type graphProto struct {
	nodes, initializers []message
	inputs, outputs     []message
}

// constant adds a tensor and returns its name.
func (g *graphProto) constant(name string, shape []int, values []float32) string {
	var m message
	for _, side := range shape {
		m.number(1, side) // dims
	}
	m.number(2, typeFloat)
	m.text(8, name)
	raw := make([]byte, 4*len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint32(raw[4*i:], math.Float32bits(v))
	}
	m.bytes(9, raw)
	g.initializers = append(g.initializers, m)
	return name
}

// option is an attribute of a node: one integer, or several.
type option struct {
	name string
	one  int
	many []int
}

// node adds an operation with one output, named as itself, and returns that.
func (g *graphProto) node(op, name string, inputs []string, options ...option) string {
	var m message
	for _, input := range inputs {
		m.text(1, input)
	}
	m.text(2, name)
	m.text(3, name)
	m.text(4, op)
	for _, o := range options {
		var a message
		a.text(1, o.name)
		if o.many == nil {
			a.number(3, o.one)
			a.number(20, attrInt)
		} else {
			for _, v := range o.many {
				a.number(8, v)
			}
			a.number(20, attrInts)
		}
		m.bytes(5, a)
	}
	g.nodes = append(g.nodes, m)
	return name
}

// value describes an input or output: N of the given shape.
func value(name string, shape ...int) message {
	var dims message
	var n message
	n.text(2, "N")
	dims.bytes(1, n)
	for _, side := range shape {
		var d message
		d.number(1, side)
		dims.bytes(1, d)
	}
	var tensorType, kind, m message
	tensorType.number(1, typeFloat)
	tensorType.bytes(2, dims)
	kind.bytes(1, tensorType)
	m.text(1, name)
	m.bytes(2, kind)
	return m
}

// property is an entry of a model's metadata.
type property struct{ key, value string }

// model is the whole file.
func (g *graphProto) model(name string, about []property) []byte {
	var graph message
	for _, n := range g.nodes {
		graph.bytes(1, n)
	}
	graph.text(2, name)
	for _, i := range g.initializers {
		graph.bytes(5, i)
	}
	for _, v := range g.inputs {
		graph.bytes(11, v)
	}
	for _, v := range g.outputs {
		graph.bytes(12, v)
	}
	var m, operators message
	m.number(1, irVersion)
	m.text(2, "omezle")
	m.bytes(7, graph)
	operators.text(1, "")
	operators.number(2, opset)
	m.bytes(8, operators)
	for _, p := range about {
		var entry message
		entry.text(1, p.key)
		entry.text(2, p.value)
		m.bytes(14, entry)
	}
	return m
}
