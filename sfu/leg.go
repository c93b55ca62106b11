package sfu

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/transport/v5/packetio"

	"omezle/models"
	"omezle/sfu/relay"
	"omezle/sfu/sdp"
)

// Why a leg is gone.
var (
	ErrLeft    = errors.New("sfu: the visitor closed the connection")
	ErrSilent  = errors.New("sfu: nothing came for too long")
	ErrConnect = errors.New("sfu: not connected in time")
)

// leg is one visitor's connection.
type leg struct {
	node    *Node
	pair    models.PairID
	side    Side
	shard   *shard
	media   *relay.Leg
	agent   *ice.Agent
	records *packetio.Buffer // DTLS, from the ICE connection

	stopOnce sync.Once
	ctx      context.Context // ends with the leg; for what pion's callbacks start
	cancel   context.CancelFunc
	running  sync.WaitGroup

	connected atomic.Bool
	lost      atomic.Int64 // Unix nanoseconds since when ICE hears nothing; 0: it does

	mu      sync.Mutex // guards what follows
	offer   *sdp.Offer
	conn    *ice.Conn
	dtls    *dtls.Conn
	outbox  *relay.Outbox
	cause   error
	ending  bool // no goroutine may be started any more
	session uint64
	version int
	trickle int // candidates that came later
}

func (n *Node) newLeg(on *shard, pair models.PairID, side Side, o *sdp.Offer) (*leg, error) {
	options := []ice.AgentOption{
		ice.WithUDPMux(on.mux),
		ice.WithNetworkTypes(networkTypes(n.tcp != nil)),
		ice.WithCandidateTypes([]ice.CandidateType{ice.CandidateTypeHost}),
		ice.WithMulticastDNSMode(ice.MulticastDNSModeDisabled),
		ice.WithDisableActiveTCP(),
		ice.WithIncludeLoopback(), // a proxy on this machine may bring TCP; browsers are told our lines only
		ice.WithDisconnectedTimeout(n.config.SilenceTimeout / 3),
		ice.WithFailedTimeout(0), // check decides, who knows of media too
		ice.WithLoggerFactory(n.logging),
	}
	if n.tcp != nil {
		options = append(options, ice.WithTCPMux(n.tcp))
	}
	agent, err := ice.NewAgentWithOptions(options...)
	if err != nil {
		return nil, fmt.Errorf("sfu: ICE agent: %w", err)
	}
	l := &leg{node: n, pair: pair, side: side, shard: on, agent: agent, offer: o, session: rand.Uint64() >> 2, records: packetio.NewBuffer()}
	l.records.SetLimitSize(recordsQueued)
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.media = on.media.Join(l.mediaConfig(o))
	if err := errors.Join(agent.OnSelectedCandidatePairChange(l.selected), agent.OnConnectionStateChange(l.changed)); err != nil {
		l.discard()
		return nil, fmt.Errorf("sfu: ICE agent: %w", err)
	}
	return l, nil
}

// recordsQueued is how many bytes of DTLS may wait; more is dropped, as by a network.
const recordsQueued = 64 << 10

func (l *leg) mediaConfig(o *sdp.Offer) relay.Config {
	c := relay.Config{MaxBPS: l.node.config.MaxBPS, TargetBPS: l.node.config.TargetBPS}
	for k, section := range []*sdp.Section{relay.Video: o.Video(), relay.Audio: o.Audio()} {
		if section == nil {
			continue
		}
		c.Codecs[k] = relay.Codec{
			PayloadType: section.PayloadType, RTXPayloadType: section.RTXPayloadType, Clock: 48000,
			SSRC: section.SSRC, RTX: section.RTX,
		}
		if relay.Kind(k) == relay.Video {
			c.Codecs[k].Clock = 90000
		}
		for _, e := range section.Extensions {
			for _, known := range relay.Extensions() {
				if known.URI() == e.URI {
					c.Extensions[known] = e.ID
				}
			}
		}
	}
	event := func(kind EventKind, bps int) {
		l.node.emit(Event{Kind: kind, Pair: l.pair, Side: l.side, BPS: bps})
	}
	c.Events = relay.Events{
		Media: func(k relay.Kind) {
			if k == relay.Video {
				event(EventVideo, 0)
			} else {
				event(EventAudio, 0)
			}
		},
		Bitrate: func(bps int) { event(EventBitrate, bps) },
		Keyframe: func(frame []byte) bool {
			select {
			case l.node.keyframes <- Keyframe{Pair: l.pair, Side: l.side, Frame: frame}:
				return true
			default:
				return false
			}
		},
	}
	return c
}

// start begins to connect; run is its only goroutine but for read and the outbox.
func (l *leg) start(ctx context.Context, o *sdp.Offer) (string, error) {
	answer, err := l.accept(ctx, o)
	if err != nil {
		l.stop(nil)
		l.discard()
		l.node.running.Done()
		return "", err
	}
	go func() {
		defer l.node.running.Done()
		l.run(l.ctx)
	}()
	return answer, nil
}

func (l *leg) accept(ctx context.Context, o *sdp.Offer) (string, error) {
	if err := l.gather(ctx); err != nil {
		return "", err
	}
	conn, err := l.agent.StartAccept(o.Ufrag, o.Password)
	if err != nil {
		return "", fmt.Errorf("sfu: ICE: %w", err)
	}
	l.mu.Lock()
	l.conn = conn
	l.mu.Unlock()
	return l.answer(o)
}

// discard is for a leg that was never run.
func (l *leg) discard() {
	l.cancel()
	l.media.Close()
	_ = l.records.Close()
	_ = l.agent.GracefulClose()
}

// run lives as long as the leg.
func (l *leg) run(ctx context.Context) {
	// Whatever ends the leg closes what its goroutines wait for.
	unblocked := make(chan struct{})
	context.AfterFunc(ctx, func() {
		defer close(unblocked)
		l.unblock()
	})
	l.running.Go(l.read)
	if err := l.secure(ctx); err != nil {
		l.stop(err)
	}
	l.mu.Lock()
	l.ending = true
	l.mu.Unlock()
	l.cancel()
	<-unblocked
	l.media.Close()
	l.running.Wait()
	_ = l.agent.GracefulClose()

	l.mu.Lock()
	cause := l.cause
	l.mu.Unlock()
	if cause != nil {
		l.node.log.Info("leg failed", "pair", l.pair, "side", l.side, "err", cause)
		l.node.emit(Event{Kind: EventFailed, Pair: l.pair, Side: l.side, Err: cause})
	}
}

// unblock says goodbye and closes the connection.
func (l *leg) unblock() {
	l.mu.Lock()
	d, conn := l.dtls, l.conn
	l.mu.Unlock()
	if d != nil {
		_ = d.Close()
	}
	_ = l.records.Close()
	_ = conn.Close()
}

// stop ends the leg; it is out of its place at once and gone soon. cause is nil when
// that is wanted.
func (l *leg) stop(cause error) {
	l.stopOnce.Do(func() {
		l.mu.Lock()
		l.cause = cause
		l.mu.Unlock()
		l.node.leave(l)
		l.cancel()
	})
}

// selected follows ICE's nomination.
func (l *leg) selected(local, remote ice.Candidate) {
	if local.NetworkType().IsUDP() {
		if a, err := netip.ParseAddr(remote.Address()); err == nil {
			l.media.Route(netip.AddrPortFrom(a.Unmap(), uint16(remote.Port())))
			return
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.outbox == nil && l.conn != nil && !l.ending {
		l.outbox = relay.NewOutbox(l.conn)
		l.running.Go(func() { l.outbox.Run(l.ctx) })
	}
	l.media.RouteThrough(l.outbox)
}

func (l *leg) changed(s ice.ConnectionState) {
	switch s {
	case ice.ConnectionStateConnected, ice.ConnectionStateCompleted:
		l.lost.Store(0)
	case ice.ConnectionStateDisconnected:
		l.lost.CompareAndSwap(0, time.Now().UnixNano())
	}
}

// check ends a leg that is dead.
func (l *leg) check() {
	since := l.lost.Load()
	if since == 0 || !l.connected.Load() {
		return
	}
	// ICE noticed after a third of the time.
	if time.Since(time.Unix(0, since)) < l.node.config.SilenceTimeout*2/3 {
		return
	}
	if quiet, ever := l.media.LastHeard(); !ever || quiet > l.node.config.SilenceTimeout {
		l.stop(ErrSilent)
	}
}
