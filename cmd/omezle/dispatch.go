package main

import (
	"sync/atomic"

	"omezle/models"
)

// Tags that payloads of this package begin with; signalling has its own, see there.
const (
	tagSignaling = "cp"
	tagPolicy    = "o" // and a decimal number: there is this version of the policy
	tagRules     = "r" // likewise, of the rules about pictures

	tagMediaServer = "m" // for a media server, from a visitor's home
	tagMediaHome   = "h" // for a visitor's home, from a media server
)

// dispatch gives what nodes say to one another to whom it is for, by its first byte, which is passed on with the rest.
// It is filled before the bus runs. What nobody is there for, as from a newer version of the program, is counted.
type dispatch struct {
	to      [256]func(from models.NodeID, payload []byte)
	unknown atomic.Uint64
}

// on sets who gets payloads that begin with one of tags.
func (d *dispatch) on(tags string, handle func(from models.NodeID, payload []byte)) {
	for i := range len(tags) {
		d.to[tags[i]] = handle
	}
}

// receive is what the bus calls.
func (d *dispatch) receive(from models.NodeID, payload []byte) {
	if len(payload) > 0 {
		if handle := d.to[payload[0]]; handle != nil {
			handle(from, payload)
			return
		}
	}
	d.unknown.Add(1)
}

// untagged is a handler for payloads without their tag of one byte.
func untagged(handle func(models.NodeID, []byte)) func(models.NodeID, []byte) {
	return func(from models.NodeID, payload []byte) { handle(from, payload[1:]) }
}

// outbox sends payloads with a tag to other nodes, or to this one.
func (n *node) outbox(tag string) func(models.NodeID, []byte) error {
	return func(to models.NodeID, payload []byte) error {
		return n.bus.Send(to, append([]byte(tag), payload...))
	}
}
