package signaling

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"omezle/models"
	"omezle/signaling/limit"
	"omezle/signaling/match"
	"omezle/signaling/protocol"
	"omezle/signaling/socket"
)

const (
	storeTimeout = 3 * time.Second // one operation on Redis or the database for a visitor
	taskWorkers  = 8
	taskQueue    = 4096
	movedKept    = time.Minute // how long a node answers for a session that another took over
)

// Bus carries payloads to other nodes: at most once, in order per pair of
// nodes, never blocking. *bus.Bus is one.
type Bus interface {
	Send(to models.NodeID, payload []byte) error
}

// Store is what the service asks of the database while a visitor waits.
type Store interface {
	Block(ctx context.Context, block models.IPBlock) error
	BlocksOf(ctx context.Context, device models.DeviceID, limit int) ([]models.DeviceID, error)
	CreateReport(ctx context.Context, report *models.Report) (created bool, err error)
	// Standing counts what there is against a device since a time; reports of devices with as many false alarms as that do
	// not count.
	Standing(ctx context.Context, device models.DeviceID, since time.Time, falseAlarms int) (models.Standing, error)

	Sightings
	Flags
	Bans
}

// Router decides the route of a pair; it must not block. sfu/route has the policy.
type Router interface {
	Route(models.RouteFacts) models.RouteDecision
}

// History takes rows that nobody waits for. It must not block.
type History interface {
	Session(models.Session)
	Pair(models.Pair)
	IP(models.IPStat)
}

// Deps are what a Server works with. All but those of ICE, media, evidence and the preflight, Peers, Router and Unjudged are required.
type Deps struct {
	Node    models.NodeID
	Redis   redis.UniversalClient
	Matcher *match.Matcher
	// Widening is what Matcher was made with, to tell visitors how wide the search is.
	Widening match.Config
	Bus      Bus
	Store    Store
	History  History
	Tokens   *Tokens
	Log      *slog.Logger
	Metrics  *Metrics
	// Online returns the visitors on all nodes as last heard.
	Online func() int
	// ICEServers returns what a session's browser gets besides the configured ones, with fresh credentials; it
	// must not block. Nil: nothing.
	ICEServers func(models.SessionID) []protocol.ICEServer
	// ICEServersTTL is how long those credentials are good; they are renewed before. 0: for ever.
	ICEServersTTL time.Duration
	// Peers returns the other nodes with visitors; nil: there are none.
	Peers func() []models.NodeID
	// Router decides; nil: from browser to browser, and through a media server if that fails.
	Router Router
	// Media are the media servers; nil: there are none.
	Media MediaServers
	// PreflightServers is the same for a page that only looks which ways work; the session is nobody's.
	PreflightServers func(models.SessionID) []protocol.ICEServer
	// PreflightOffer answers a browser's offer to a media server, for a leg without a partner that ends by itself. Nil:
	// there is none.
	PreflightOffer func(ctx context.Context, offer string) (answer string, err error)
	// Chats and Stills keep evidence; nil: nothing is kept.
	Chats  Chats
	Stills Stills
	// Unjudged reports that the operator wants relayed pictures to be looked at and that nobody can now; it must not
	// block, and is asked now and then, so that calls move when its answer changes. Nil: never.
	Unjudged func() bool
	Version  string
}

// Server is one node of the signalling service. Its methods are safe for concurrent use.
type Server struct {
	Deps
	cfg      Config
	proxies  limit.Proxies
	upgrader *socket.Upgrader
	lot      *socket.Lot
	registry *registry

	mu       sync.RWMutex // guards what follows; taken after a session's mutex, never before it
	sessions map[models.SessionID]*session
	waiting  map[*session]struct{}
	away     map[*session]struct{}
	changing map[*session]struct{}   // of pairs whose route is not settled
	slots    []map[*session]struct{} // of the wheel
	nextSlot int

	dirtyMu sync.Mutex
	dirty   map[*session]struct{} // records to be written
	dirtied chan struct{}

	tallyMu sync.Mutex
	tallies map[string]chan *control // by request, see Calls

	heardMu sync.Mutex
	heard   map[models.DeviceID]heard // bans made lately

	clerk    *clerk
	networks *networks
	tasks    chan func() // work with Redis that nobody waits for
	lobby    *lobby
	attached atomic.Int64
	queued   atomic.Int64 // waiting on all nodes, as last asked
	byMode   atomic.Pointer[map[models.Mode]int]
	draining atomic.Bool
	// unmatched says that the last poll found Redis away.
	unmatched atomic.Bool
	readers   sync.WaitGroup
}

// New returns a server that does nothing by itself until Run. cfg is one that Validate accepts.
func New(deps Deps, cfg Config) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("signaling: configuration: %w", err)
	}
	s := &Server{
		Deps:     deps,
		cfg:      cfg,
		proxies:  limit.Proxies(cfg.TrustedProxies),
		registry: &registry{rdb: deps.Redis, node: deps.Node},
		sessions: make(map[models.SessionID]*session),
		waiting:  make(map[*session]struct{}),
		away:     make(map[*session]struct{}),
		changing: make(map[*session]struct{}),
		tallies:  make(map[string]chan *control),
		networks: &networks{rdb: deps.Redis, secret: deps.Tokens.session, ttl: cfg.NetworkMemory},
		heard:    make(map[models.DeviceID]heard),
		clerk:    newClerk(deps.Log, deps.Metrics.unwritten.Inc),
		dirty:    make(map[*session]struct{}),
		dirtied:  make(chan struct{}, 1),
		tasks:    make(chan func(), taskQueue),
		lobby:    &lobby{limit: cfg.MaxPending},
	}
	var err error
	if s.lot, err = socket.NewLot(); err != nil {
		return nil, fmt.Errorf("signaling: %w", err)
	}
	s.upgrader = socket.NewUpgrader(protocol.Subprotocol, protocol.MaxFrame, s.originAllowed)
	s.slots = make([]map[*session]struct{}, max(1, int(cfg.PingInterval/wheelTick)))
	for i := range s.slots {
		s.slots[i] = make(map[*session]struct{})
	}
	return s, nil
}

// Run keeps the server going until ctx ends, then closes every socket that Drain left and waits for their readers.
func (s *Server) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.lot.Run(ctx) })
	g.Go(func() error { return s.wheel(ctx) })
	g.Go(func() error { return s.pollWaiting(ctx) })
	g.Go(func() error { return s.writeRecords(ctx) })
	g.Go(func() error { return s.checkPairs(ctx) })
	g.Go(func() error { return s.watchRoutes(ctx) })
	g.Go(func() error { return s.clerk.Run(ctx) })
	for range taskWorkers {
		g.Go(func() error { return s.runTasks(ctx) })
	}
	err := g.Wait()
	for _, ses := range s.all() {
		ses.mu.Lock()
		if ses.conn != nil {
			ses.conn.Close(int(protocol.CloseGoingAway), "")
			ses.conn.Abandon()
		}
		ses.mu.Unlock()
	}
	s.readers.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// Sessions returns how many sessions have a socket here.
func (s *Server) Sessions() int { return int(s.attached.Load()) }

// lookup returns the session with an id, nil if its home is not here.
func (s *Server) lookup(id models.SessionID) *session {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.sessions[id]
}

// all returns a snapshot of the sessions.
func (s *Server) all() []*session {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]*session, 0, len(s.sessions))
	for _, ses := range s.sessions {
		list = append(list, ses)
	}
	return list
}

// add makes this node the home of a session, unless it is already: then the one that was here first is returned.
func (s *Server) add(ses *session) (*session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if first := s.sessions[ses.id]; first != nil {
		return first, false
	}
	if len(s.sessions) >= s.cfg.MaxSessions {
		return nil, false
	}
	s.sessions[ses.id] = ses
	ses.slot = s.nextSlot
	s.nextSlot = (s.nextSlot + 1) % len(s.slots)
	s.slots[ses.slot][ses] = struct{}{}
	return ses, true
}

// drop forgets a session.
func (s *Server) drop(ses *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions[ses.id] == ses {
		delete(s.sessions, ses.id)
	}
	delete(s.slots[ses.slot], ses)
	delete(s.waiting, ses)
	delete(s.away, ses)
	delete(s.changing, ses)
}

func (s *Server) setWaiting(ses *session, waits bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if waits {
		s.waiting[ses] = struct{}{}
	} else {
		delete(s.waiting, ses)
	}
}

func (s *Server) setAway(ses *session, away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if away {
		s.away[ses] = struct{}{}
	} else {
		delete(s.away, ses)
	}
}

func (s *Server) setSwitching(ses *session, does bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if does && s.sessions[ses.id] == ses {
		s.changing[ses] = struct{}{}
	} else {
		delete(s.changing, ses)
	}
}

// members returns a snapshot of one of the server's sets.
func (s *Server) members(set map[*session]struct{}) []*session {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]*session, 0, len(set))
	for ses := range set {
		list = append(list, ses)
	}
	return list
}

// later runs a task on a worker. When the queue is full the task is dropped and counted: everything
// handed over here is also found missing by a later poll or check.
func (s *Server) later(task func()) {
	select {
	case s.tasks <- task:
	default:
		s.Metrics.tasksDropped.Inc()
	}
}

func (s *Server) runTasks(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case task := <-s.tasks:
			s.guard(task)
		}
	}
}

// guard keeps a panic from reaching the process.
func (s *Server) guard(task func()) {
	defer func() {
		if p := recover(); p != nil {
			s.Metrics.panics.Inc()
			s.Log.Error("recovered from a panic", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	task()
}

// background returns the context of one operation that a message asked for. It does not end
// with the socket: what was begun is carried to its end.
func background() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), storeTimeout)
}
