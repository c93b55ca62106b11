package sfu

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/pion/ice/v4"

	"omezle/models"
	"omezle/sfu/relay"
	"omezle/sfu/sdp"
)

// Errors of a candidate.
var (
	ErrCandidate  = errors.New("sfu: malformed candidate")
	ErrCandidates = errors.New("sfu: too many candidates")
)

// Offer answers a visitor's offer: with a new leg, which replaces the one that was
// there, or by the one that is there if the offer comes from the same session.
// The answer has all candidates.
func (n *Node) Offer(ctx context.Context, pair models.PairID, side Side, text string) (answer string, err error) {
	var uris []string
	for _, e := range relay.Extensions() {
		uris = append(uris, e.URI())
	}
	o, err := sdp.Parse(text, uris)
	if err != nil {
		return "", fmt.Errorf("sfu: offer: %w", err)
	}
	if l := n.leg(pair, side); l != nil && l.sameSession(o) {
		return l.renew(ctx, o)
	}
	on, err := n.reserve(pair, side&1)
	if err != nil {
		return "", err
	}
	l, err := n.newLeg(on, pair, side&1, o)
	if err != nil {
		n.forgo(pair)
		return "", err
	}
	old, err := n.enter(l)
	if err != nil {
		l.discard()
		return "", err
	}
	if old != nil {
		old.stop(nil)
	}
	return l.start(ctx, o)
}

func (l *leg) sameSession(o *sdp.Offer) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.offer.SameSession(o)
}

// renew answers a further offer of a leg. New ICE credentials mean an ICE restart.
func (l *leg) renew(ctx context.Context, o *sdp.Offer) (string, error) {
	l.mu.Lock()
	restart := l.offer.Ufrag != o.Ufrag || l.offer.Password != o.Password
	l.offer = o
	l.trickle = 0
	l.mu.Unlock()
	if restart {
		if err := l.agent.Restart("", ""); err != nil {
			return "", fmt.Errorf("sfu: ICE restart: %w", err)
		}
		if err := l.gather(ctx); err != nil {
			return "", err
		}
		if err := l.agent.SetRemoteCredentials(o.Ufrag, o.Password); err != nil {
			return "", fmt.Errorf("sfu: ICE restart: %w", err)
		}
	}
	return l.answer(o)
}

// gather opens the leg's way through the mux. It takes no time: there is nothing to ask.
func (l *leg) gather(ctx context.Context) error {
	done := make(chan struct{})
	err := l.agent.OnCandidate(func(c ice.Candidate) {
		if c == nil {
			close(done)
		}
	})
	if err == nil {
		err = l.agent.GatherCandidates()
	}
	if err != nil {
		return fmt.Errorf("sfu: gather: %w", err)
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("sfu: gather: %w", ctx.Err())
	}
}

func (l *leg) answer(o *sdp.Offer) (string, error) {
	ufrag, password, err := l.agent.GetLocalUserCredentials()
	if err != nil {
		return "", fmt.Errorf("sfu: ICE: %w", err)
	}
	for _, c := range o.Candidates {
		// One that cannot be used is no reason to refuse the others.
		_ = l.add(c)
	}
	l.mu.Lock()
	l.version++
	local := sdp.Local{
		Ufrag: ufrag, Password: password, Fingerprint: l.node.identity.fingerprint, Passive: o.Setup == "active",
		Session: l.session, Version: l.version, Candidates: l.shard.lines,
	}
	l.mu.Unlock()
	local.Video.SSRC, local.Video.RTX = l.media.SSRC(relay.Video)
	local.Audio.SSRC, local.Audio.RTX = l.media.SSRC(relay.Audio)
	return o.Answer(local), nil
}

// Candidate adds one that trickled in; an empty one, which means the end, is ignored.
// The text is a candidate attribute's, with or without its name.
func (n *Node) Candidate(pair models.PairID, side Side, text string) error {
	l := n.leg(pair, side)
	if l == nil {
		return ErrNoLeg
	}
	l.mu.Lock()
	l.trickle++
	many := l.trickle > sdp.MaxCandidates
	l.mu.Unlock()
	if many {
		return ErrCandidates
	}
	return l.add(text)
}

const candidateSize = 512

func (l *leg) add(text string) error {
	text = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(text), "a="), "candidate:")
	if text == "" {
		return nil
	}
	if len(text) > candidateSize {
		return ErrCandidate
	}
	c, err := ice.UnmarshalCandidate(text)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCandidate, err)
	}
	if !l.node.reachable(c) {
		return nil
	}
	if err := l.agent.AddRemoteCandidate(c); err != nil {
		return fmt.Errorf("sfu: candidate: %w", err)
	}
	return nil
}

// reachable is false for what is not worth a check, or must not be checked: names
// (mDNS) that only the visitor's own network knows, and, from a public node, addresses
// of its own private network. The visitor's checks arrive all the same.
func (n *Node) reachable(c ice.Candidate) bool {
	ip := net.ParseIP(c.Address())
	if ip == nil || !c.NetworkType().IsUDP() {
		return false
	}
	private := ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast()
	return !ip.IsUnspecified() && !ip.IsMulticast() && (!private || n.private)
}
