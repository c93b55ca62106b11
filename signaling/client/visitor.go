package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

var (
	// ErrNotPaired is returned by what needs a partner when there is none.
	ErrNotPaired = errors.New("client: not in a pair")
	errSaidBye   = errors.New("client: the visitor said bye")
)

// goodAfter is how long a socket must hold for the next loss to count as the first.
const goodAfter = 10 * time.Second

// Options are what a Visitor needs. Bases is required.
type Options struct {
	// Bases are the nodes, such as "http://10.0.0.1:8080": the first is tried first, after a failure the next one.
	Bases []string
	// HTTP makes sessions; nil means http.DefaultClient.
	HTTP *http.Client
	// Consent is the version of the rules that the visitor accepts.
	Consent string
	// Device is the device token of an earlier visit; empty for a new visitor.
	Device string
	// Handle takes what happens, in order, on the goroutine of Run: every server message except pong and ack,
	// the partner's numbered messages once each. It may call the Visitor's methods. Nil ignores everything.
	Handle func(protocol.Validator)
	// Lost is told on the same goroutine of every socket that ended and every attempt that failed. Nil ignores them.
	Lost func(error)
}

// Visitor is one person's visit. Run belongs to one goroutine; everything else
// is safe for concurrent use.
type Visitor struct {
	opts Options

	mu       sync.Mutex // guards what follows
	base     int        // into opts.Bases
	session  models.SessionID
	token    string
	device   string
	conn     *Conn // nil while there is none
	stream   *Stream
	last     models.PairID  // for a late report
	want     *protocol.Find // as last asked
	waits    bool           // was asked to look for a partner, and has none yet
	leaving  *protocol.Leave
	bye      bool
	running  bool
	ids      int
	requests []*request // reports and blocks that are not answered
	timer    *time.Timer
	armed    time.Time // when timer fires; zero: it does not
	ticks    sync.WaitGroup
}

// New returns a visitor who does nothing until Run.
func New(opts Options) *Visitor {
	if opts.HTTP == nil {
		opts.HTTP = http.DefaultClient
	}
	if opts.Handle == nil {
		opts.Handle = func(protocol.Validator) {}
	}
	if opts.Lost == nil {
		opts.Lost = func(error) {}
	}
	return &Visitor{opts: opts, device: opts.Device}
}

// Run visits until ctx ends (nil), Bye (nil), or the server wants this visitor no more: then the *CloseError or
// *ProblemError that said so.
func (v *Visitor) Run(ctx context.Context) error {
	v.mu.Lock()
	v.running = true
	v.mu.Unlock()
	defer v.stop()
	failures := 0
	for {
		err := v.visit(ctx, &failures)
		if ctx.Err() != nil || errors.Is(err, errSaidBye) {
			return nil
		}
		v.opts.Lost(err)
		pause, final := v.plan(err, failures)
		if final {
			return err
		}
		failures++
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// visit connects once and stays as long as the socket does.
func (v *Visitor) visit(ctx context.Context, failures *int) error {
	v.mu.Lock()
	base, token, device, bye := v.opts.Bases[v.base], v.token, v.device, v.bye
	v.mu.Unlock()
	if bye && token == "" {
		return errSaidBye
	}
	fresh := token == ""
	if fresh {
		session, err := Create(ctx, v.opts.HTTP, base, protocol.SessionRequest{Consent: v.opts.Consent, Adult: true, Device: device})
		if err != nil {
			return err
		}
		v.mu.Lock()
		v.session, v.token, v.device = session.Session, session.Token, session.Device
		v.mu.Unlock()
		token = session.Token
	}
	conn, welcome, err := Dial(ctx, base, token, fresh)
	if err != nil {
		return err
	}
	defer conn.Cut()
	defer context.AfterFunc(ctx, func() { conn.Close(protocol.CloseGoingAway) })()
	since := time.Now()
	for _, message := range v.enter(conn, welcome) {
		v.opts.Handle(message)
	}
	err = v.listen(conn)
	if time.Since(since) > goodAfter {
		*failures = 0
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.conn = nil
	if v.bye {
		return errSaidBye
	}
	return err
}

func (v *Visitor) listen(conn *Conn) error {
	for {
		message, err := conn.Receive()
		if err != nil {
			var end *CloseError
			if errors.As(err, &end) {
				return err
			}
			if errors.Is(err, protocol.ErrUnknownKind) {
				continue // a newer server
			}
			return fmt.Errorf("client: the server misbehaves: %w", err)
		}
		if v.take(message) {
			v.opts.Handle(message)
		}
	}
}

// plan decides after a failure: how long to pause, or that it was the last one.
func (v *Visitor) plan(err error, failures int) (pause time.Duration, final bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	advice := protocol.ReconnectResume
	var end *CloseError
	var problem *ProblemError
	switch {
	case errors.As(err, &end):
		advice = protocol.Advice(end.Code)
	case errors.As(err, &problem) && !problem.Passes():
		advice = protocol.ReconnectNever
	}
	if failures > 0 || end == nil || end.Code != lost { // the same node first after a lost network, and only then
		v.base = (v.base + 1) % len(v.opts.Bases)
	}
	pause = backoff(failures)
	switch advice {
	case protocol.ReconnectNever:
		return 0, true
	case protocol.ReconnectFresh:
		v.token = ""
	case protocol.ReconnectLater:
		if len(v.opts.Bases) == 1 || failures >= len(v.opts.Bases) {
			pause += laterAfter
		}
	case protocol.ReconnectResume:
	}
	if problem != nil && len(v.opts.Bases) == 1 {
		pause = max(pause, problem.RetryAfter)
	}
	return pause, false
}

// stop ends the timer and waits for it.
func (v *Visitor) stop() {
	v.mu.Lock()
	v.running = false
	v.disarm()
	v.mu.Unlock()
	v.ticks.Wait()
}

// Where says what the visitor knows of the session.
type Where struct {
	Base      string // of the node last tried
	Session   models.SessionID
	Device    string // token
	Connected bool
	State     protocol.SessionState
	Pair      models.PairID // when paired
	// Unacknowledged messages of the pair: sent or to be sent, not known to have arrived.
	Unacknowledged int
}

// Where returns where the visitor stands.
func (v *Visitor) Where() Where {
	v.mu.Lock()
	defer v.mu.Unlock()
	w := Where{
		Base: v.opts.Bases[v.base], Session: v.session, Device: v.device, Connected: v.conn != nil, State: protocol.StateIdle,
	}
	switch {
	case v.stream != nil:
		w.State, w.Pair, w.Unacknowledged = protocol.StatePaired, v.stream.Pair(), v.stream.Unacknowledged()
	case v.waits:
		w.State = protocol.StateWaiting
	}
	return w
}
