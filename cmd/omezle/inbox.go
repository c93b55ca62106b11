package main

import (
	"omezle/models"
)

// Payloads between nodes begin with a byte that says who they are for.
const (
	tagSignaling   = "cp" // package signaling tells its two kinds apart itself
	tagMediaServer = 'm'  // a media server, from a visitor's home
	tagMediaHome   = 'h'  // a visitor's home, from a media server
)

// inbox gives the messages of other nodes to those they are for. All are handled before the bus runs.
type inbox struct {
	handlers [256]func(from models.NodeID, payload []byte)
}

// handle sets who gets the messages with a tag, which is taken off.
func (i *inbox) handle(tag byte, f func(models.NodeID, []byte)) {
	i.handlers[tag] = func(from models.NodeID, payload []byte) { f(from, payload[1:]) }
}

// receive is the bus's handler. What nobody here is for, as from a newer version, is ignored.
func (i *inbox) receive(from models.NodeID, payload []byte) {
	if len(payload) == 0 {
		return
	}
	if f := i.handlers[payload[0]]; f != nil {
		f(from, payload)
	}
}

// outbox sends messages with a tag to other nodes, or to this one.
func (n *node) outbox(tag byte) func(models.NodeID, []byte) error {
	return func(to models.NodeID, payload []byte) error {
		return n.bus.Send(to, append([]byte{tag}, payload...))
	}
}
