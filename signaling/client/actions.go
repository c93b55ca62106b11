package client

import (
	"strconv"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

// Find looks for a partner. Without a socket, or when it breaks, it is asked again on the next one.
func (v *Visitor) Find(want protocol.Find) {
	want.Type = protocol.KindFind
	v.mu.Lock()
	defer v.mu.Unlock()
	v.want, v.waits = &want, true
	v.send(&want)
}

// Cancel stops looking.
func (v *Visitor) Cancel() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.waits = false
	v.send(&protocol.Cancel{Type: protocol.KindCancel})
}

// Leave ends the pair, if there is one, and with next looks for somebody else as last asked. The handler
// is told ended when the server confirms it.
func (v *Visitor) Leave(next bool) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.stream == nil {
		return ErrNotPaired
	}
	v.leaving = &protocol.Leave{Type: protocol.KindLeave, Pair: v.stream.Pair(), Next: next}
	v.send(v.leaving)
	return nil
}

// Chat writes to the partner and returns the message's id. The text arrives once and in order as long as the pair lasts.
func (v *Visitor) Chat(text string) (id string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	id = v.newID()
	return id, v.push(&protocol.Chat{Type: protocol.KindChat, ID: id, Text: text})
}

// React sends a reaction.
func (v *Visitor) React(reaction protocol.ReactionName) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.push(&protocol.Reaction{Type: protocol.KindReaction, Reaction: reaction})
}

// Media tells the partner what camera and microphone do.
func (v *Visitor) Media(camera, microphone bool) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.push(&protocol.Media{Type: protocol.KindMedia, Camera: camera, Microphone: microphone})
}

// Description sends a session description for the connection of an epoch.
func (v *Visitor) Description(epoch uint32, description protocol.SDP) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.push(&protocol.Description{Type: protocol.KindDescription, Epoch: epoch, Description: description})
}

// Candidate sends an ICE candidate for the connection of an epoch.
func (v *Visitor) Candidate(epoch uint32, candidate protocol.ICECandidate) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.push(&protocol.Candidate{Type: protocol.KindCandidate, Epoch: epoch, Candidate: candidate})
}

// Tell sends a message that is neither numbered nor kept, such as ready, failed or sfu_offer. Without a socket it is lost.
func (v *Visitor) Tell(message protocol.Validator) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.send(message)
}

// Typing tells the partner that the visitor writes, or stopped. It may be lost.
func (v *Visitor) Typing(typing bool) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.stream == nil {
		return ErrNotPaired
	}
	v.send(&protocol.Typing{Type: protocol.KindTyping, Pair: v.stream.Pair(), Typing: typing})
	return nil
}

// Bye ends the session, and Run.
func (v *Visitor) Bye() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.bye = true
	v.send(&protocol.Bye{Type: protocol.KindBye})
}

// Cut breaks the TCP connection without a word, as a lost network does; Run connects again.
func (v *Visitor) Cut() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.conn != nil {
		v.conn.Cut()
	}
}

// push gives a message to the pair's stream; the caller holds mu.
func (v *Visitor) push(message protocol.PeerMessage) error {
	if v.stream == nil {
		return ErrNotPaired
	}
	if err := v.stream.Push(message); err != nil {
		return err
	}
	v.flush(time.Now())
	return nil
}

// newID returns an id that is unique in this visit; the caller holds mu.
func (v *Visitor) newID() string {
	v.ids++
	return strconv.Itoa(v.ids)
}

// about returns the pair that is on or the last one; the caller holds mu.
func (v *Visitor) about() (models.PairID, error) {
	switch {
	case v.stream != nil:
		return v.stream.Pair(), nil
	case v.last != "":
		return v.last, nil
	}
	return "", ErrNotPaired
}
