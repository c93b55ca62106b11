package port

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Deps are what a Port works with. Log and Metrics are required.
type Deps struct {
	// Admit sees a connection whose client is known and returns what to use in its place, or false to have it
	// closed. Nil admits all as they are.
	Admit func(net.Conn) (net.Conn, bool)
	// TLS has the certificate; nil refuses TLS.
	TLS     *tls.Config
	Log     *slog.Logger
	Metrics *Metrics
}

// Port is the public TCP port. Listen and Listener come before Run; the rest is safe for concurrent use.
type Port struct {
	Deps
	cfg       Config
	inner     []net.Listener
	listeners [kinds]*kindListener

	mu      sync.Mutex // guards what follows
	pending map[net.Conn]struct{}
	stopped bool
	stop    chan struct{} // closed with stopped
	looking sync.WaitGroup
}

// Listen opens address and what cfg adds to it. Nothing is accepted before Run.
func Listen(ctx context.Context, address string, cfg Config, deps Deps) (*Port, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("port: configuration: %w", err)
	}
	p := &Port{Deps: deps, cfg: cfg, pending: make(map[net.Conn]struct{}), stop: make(chan struct{})}
	var listen net.ListenConfig
	for _, a := range append([]string{address}, cfg.ExtraListen...) {
		inner, err := listen.Listen(ctx, "tcp", a)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("port: %w", err), p.Close())
		}
		p.inner = append(p.inner, inner)
	}
	if p.TLS != nil {
		p.TLS = p.TLS.Clone()
		p.TLS.NextProtos = append(alpn(), p.TLS.NextProtos...)
	}
	return p, nil
}

// Addr is the first address listened on.
func (p *Port) Addr() net.Addr { return p.inner[0].Addr() }

// Listener gives the connections of one kind. It is asked for before Run, once for each kind.
func (p *Port) Listener(kind Kind) net.Listener {
	p.listeners[kind] = newKindListener(p.Addr())
	return p.listeners[kind]
}

// Close closes the listening sockets of a Port that is not to Run.
func (p *Port) Close() error {
	var problems []error
	for _, inner := range p.inner {
		problems = append(problems, inner.Close())
	}
	return errors.Join(problems...)
}

// Run hands out connections until ctx ends, then closes the listening sockets and whatever nobody has got yet.
func (p *Port) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, inner := range p.inner {
		g.Go(func() error { return p.accept(ctx, inner) })
	}
	g.Go(func() error {
		<-ctx.Done()
		err := p.Close()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.stopped = true
		close(p.stop)
		for conn := range p.pending {
			_ = conn.Close() // wakes who looks at it
		}
		return err
	})
	err := g.Wait()
	p.looking.Wait()
	return err
}

// acceptPause is waited after an error of accept that passes, as when descriptors have run out.
const acceptPause = 50 * time.Millisecond

func (p *Port) accept(ctx context.Context, inner net.Listener) error {
	for {
		conn, err := inner.Accept()
		switch {
		case err == nil:
			p.take(ctx, conn)
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("port: accept: %w", err)
		default:
			p.Log.Warn("a connection could not be accepted", "err", err)
			select {
			case <-time.After(acceptPause):
			case <-ctx.Done():
				return nil
			}
		}
	}
}

// take begins to look at a connection, or closes it.
func (p *Port) take(ctx context.Context, inner net.Conn) {
	p.mu.Lock()
	room := len(p.pending) < p.cfg.MaxPending && !p.stopped
	if room {
		p.pending[inner] = struct{}{}
		p.looking.Add(1)
	}
	p.mu.Unlock()
	if !room {
		p.refuse(inner, refusedBusy)
		return
	}
	p.Metrics.pending.Inc()
	go func() {
		defer p.looking.Done()
		conn, kind, reason := p.look(ctx, inner)
		if reason == "" && (p.listeners[kind] == nil || !p.listeners[kind].offer(conn, p.stop)) {
			reason = refusedKind
		}
		if reason != "" {
			p.refuse(conn, reason)
		}
		p.mu.Lock()
		delete(p.pending, inner)
		p.mu.Unlock()
		p.Metrics.pending.Dec()
	}()
}

func (p *Port) refuse(conn net.Conn, reason string) {
	p.Metrics.refused.WithLabelValues(reason).Inc()
	_ = conn.Close() // there is nobody to tell
}

// look finds out what a connection speaks. It always returns the connection to go on with, or to close.
func (p *Port) look(ctx context.Context, inner net.Conn) (conn net.Conn, kind Kind, reason string) {
	raw := &rawConn{peeked: peeked{Conn: inner}, client: inner.RemoteAddr()}
	if p.behindProxy(raw.client) {
		p.deadline(inner)
		if err := raw.readProxyHeader(); err != nil {
			p.Log.Debug("a load balancer's connection was refused", "err", err)
			return inner, 0, refusedProxy
		}
	}
	conn = raw
	if p.Admit != nil {
		admitted, ok := p.Admit(raw)
		if !ok {
			return inner, 0, refusedAddress
		}
		conn = admitted
	}
	p.deadline(inner)
	kind, err := raw.peek()
	if err != nil {
		return conn, 0, refusedSilent
	}
	secure := kind == inTLS
	if secure {
		if p.TLS == nil {
			return conn, 0, refusedTLS
		}
		if conn, kind, reason = p.lookInside(ctx, conn, inner); reason != "" {
			return conn, 0, reason
		}
	}
	if err := inner.SetReadDeadline(time.Time{}); err != nil {
		return conn, 0, refusedSilent
	}
	if kind != HTTP {
		raw.forMedia()
	}
	p.Metrics.connections.WithLabelValues(kind.String(), strconv.FormatBool(secure)).Inc()
	return conn, kind, ""
}

func (p *Port) deadline(inner net.Conn) {
	_ = inner.SetReadDeadline(time.Now().Add(p.cfg.PeekTimeout)) // a closed one is told by the read
}
