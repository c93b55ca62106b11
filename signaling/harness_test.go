package signaling

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
	"omezle/signaling/bus"
	"omezle/signaling/match"
	"omezle/signaling/protocol"
	"omezle/signaling/redisdb"
	"omezle/signaling/redisdb/redistest"
	"omezle/signaling/socket"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(redistest.Main(m)) }

// patience bounds every wait of a test: much longer than anything takes on a busy machine.
const patience = 20 * time.Second

var testSecret = bytes.Repeat([]byte("k"), 32)

// world is what the nodes of one test share.
type world struct {
	db    *redisdb.DB
	store *store.Store
	cfg   Config
	match match.Config

	media  MediaServers // of all nodes; nil: none
	router Router       // likewise

	unjudged atomic.Bool // likewise

	turn    []protocol.ICEServer
	turnTTL time.Duration
}

func newWorld(t *testing.T) *world {
	return worldOn(t, redistest.Open(t, ""))
}

func worldOn(t *testing.T, db *redisdb.DB) *world {
	cfg := DefaultConfig()
	cfg.PollInterval = 50 * time.Millisecond
	cfg.ClaimTimeout = 500 * time.Millisecond
	cfg.CheckInterval = 200 * time.Millisecond
	cfg.ChatBurst = 1000
	cfg.OtherBurst = 5000
	widening := match.DefaultConfig()
	widening.RematchAfter = 200 * time.Millisecond
	return &world{db: db, store: storetest.Migrated(t, storetest.SQLite(t)), cfg: cfg, match: widening}
}

// node is one server of a world, whole but for the process.
type node struct {
	*Server
	url  string
	bus  *bus.Bus
	stop func() // clean
}

type nullHistory struct{}

func (nullHistory) Session(models.Session) {}
func (nullHistory) Pair(models.Pair)       {}
func (nullHistory) IP(models.IPStat)       {}

func (w *world) node(t *testing.T) *node {
	t.Helper()
	log := slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: logLevel()}))
	id := models.NewNodeID()
	log = log.With("node", id)
	b := bus.New(w.db.Client(), id, bus.Config{Interval: 50 * time.Millisecond, DeadAfter: 10 * time.Second, Lease: time.Second}, log)
	tokens, err := NewTokens(testSecret)
	if err != nil {
		t.Fatal(err)
	}
	var server *Server
	server, err = New(Deps{
		Node: id, Redis: w.db.Client(), Matcher: match.New(w.db.Client(), w.match), Widening: w.match, Bus: b, Store: w.store,
		History: nullHistory{}, Tokens: tokens, Log: log, Metrics: NewMetrics(prometheus.NewRegistry()), Version: "test",
		Chats:    &archive{chats: map[string][]models.ChatLine{}, stills: map[models.ReportID]string{}},
		Unjudged: w.unjudged.Load,
		Media:    w.media, Router: w.router, ICEServersTTL: w.turnTTL,
		ICEServers: func(models.SessionID) []protocol.ICEServer { return w.turn },
		Peers: func() []models.NodeID {
			var others []models.NodeID
			for _, n := range b.Nodes() {
				if n.ID != id {
					others = append(others, n.ID)
				}
			}
			return others
		},
		Online: func() int { return server.Sessions() },
	}, w.cfg)
	server.Stills = server.Chats.(Stills)
	if err != nil {
		t.Fatal(err)
	}
	b.Handle(server.Receive)
	b.OnDead(server.Bury)
	b.OnGone(server.NodeGone)
	b.OnReset(server.Republish)

	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewUnstartedServer(server.Handler())
	web.Listener.Close()
	web.Listener = socket.NewListener(inner, socket.Bounds{PerAddress: w.cfg.MaxConnsPerIP, Total: w.cfg.MaxConns}, nil)
	web.Start()

	ctx, cancel := context.WithCancel(context.Background())
	busCtx, stopBus := context.WithCancel(context.Background())
	serverDone, busDone := make(chan struct{}), make(chan struct{})
	go func() { defer close(serverDone); _ = server.Run(ctx) }()
	go func() { defer close(busDone); _ = b.Run(busCtx) }()
	<-b.Ready()
	n := &node{Server: server, url: web.URL, bus: b}
	n.stop = func() {
		cancel()
		<-serverDone
		stopBus()
		<-busDone
		web.Close()
	}
	t.Cleanup(func() { n.stop() })
	return n
}

// meet waits until each of the nodes knows all the others.
func meet(t *testing.T, nodes ...*node) {
	t.Helper()
	eventually(t, "the nodes know one another", func() bool {
		for _, a := range nodes {
			for _, b := range nodes {
				if a != b && !a.bus.Alive(b.Node) {
					return false
				}
			}
		}
		return true
	})
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
		<-tick.C
	}
}

// visitor is a browser as far as the server sees it.
type visitor struct {
	t     *testing.T
	url   string
	token protocol.SessionResponse
	ws    *websocket.Conn
	in    chan protocol.Validator // closed when the socket ends
	err   *error                  // why, after in is closed
	seq   uint32
	pair  models.PairID
}

// arrive makes a session, with the device of an earlier visit unless that is empty, and opens its socket.
func (n *node) arrive(t *testing.T, device string) *visitor {
	t.Helper()
	v := &visitor{t: t, url: n.url, token: n.newSession(t, device)}
	v.connect(n, false)
	welcome := expect[*protocol.Welcome](v)
	if welcome.Resumed || welcome.State != protocol.StateIdle {
		t.Fatalf("a new session is welcomed with %+v", welcome)
	}
	return v
}

func (n *node) newSession(t *testing.T, device string) protocol.SessionResponse {
	t.Helper()
	body, _ := json.Marshal(protocol.SessionRequest{Consent: n.cfg.ConsentVersion, Adult: true, Device: device})
	response, err := http.Post(n.url+"/api/session", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var created protocol.SessionResponse
	if err := json.NewDecoder(response.Body).Decode(&created); err != nil || response.StatusCode != http.StatusCreated {
		t.Fatalf("session: status %d, %v", response.StatusCode, err)
	}
	http.DefaultClient.CloseIdleConnections()
	return created
}

// connect opens a socket on a node and says hello; the welcome is left to be expected.
func (v *visitor) connect(n *node, fresh bool) {
	v.t.Helper()
	v.open(n)
	v.say(&protocol.Hello{Type: protocol.KindHello, Token: v.token.Token, Fresh: fresh})
}

func (v *visitor) open(n *node) {
	v.t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{protocol.Subprotocol}}
	ws, _, err := dialer.Dial("ws"+strings.TrimPrefix(n.url, "http")+"/ws", nil)
	if err != nil {
		v.t.Fatal(err)
	}
	in := make(chan protocol.Validator, 4096)
	why := new(error)
	v.ws, v.in, v.err = ws, in, why
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(in)
		for {
			_, data, err := ws.ReadMessage()
			if err != nil {
				*why = err
				return
			}
			message, err := protocol.DecodeServer(data)
			if err != nil {
				*why = err
				return
			}
			in <- message
		}
	}()
	v.t.Cleanup(func() {
		ws.Close()
		<-done
	})
}

func (v *visitor) say(message protocol.Validator) {
	v.t.Helper()
	data, err := protocol.Encode(message)
	if err != nil {
		v.t.Fatal(err)
	}
	if err := v.ws.WriteMessage(websocket.TextMessage, data); err != nil {
		v.t.Fatalf("write: %v, closed with %d", err, v.closed())
	}
}

// next returns the next message that is not about numbers of people.
func (v *visitor) next() protocol.Validator {
	v.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case message, ok := <-v.in:
			if !ok {
				v.t.Fatalf("the socket ended: %v", *v.err)
			}
			switch message.(type) {
			case *protocol.Queue, *protocol.Stats:
				continue
			}
			return message
		case <-timeout:
			v.t.Fatalf("nothing heard for %v", patience)
		}
	}
}

// expect returns the next message, which must be a T.
func expect[T protocol.Validator](v *visitor) T {
	v.t.Helper()
	message := v.next()
	typed, ok := message.(T)
	if !ok {
		v.t.Fatalf("heard %T %+v, want %T", message, message, typed)
	}
	return typed
}

// closed waits for the end of the socket and returns its close code.
func (v *visitor) closed() protocol.CloseCode {
	v.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case _, ok := <-v.in:
			if ok {
				continue
			}
			var closed *websocket.CloseError
			if errors.As(*v.err, &closed) {
				return protocol.CloseCode(closed.Code)
			}
			return 1006
		case <-timeout:
			v.t.Fatal("the socket stays open")
		}
	}
}

func (v *visitor) find(interests ...string) {
	v.t.Helper()
	v.say(&protocol.Find{Type: protocol.KindFind, Mode: models.ModeText, Interests: interests})
}

// matched waits for the partner.
func (v *visitor) matched() *protocol.Matched {
	v.t.Helper()
	m := expect[*protocol.Matched](v)
	v.pair, v.seq = m.Pair, 0
	return m
}

func (v *visitor) head() protocol.Sequenced {
	v.seq++
	return protocol.Sequenced{Pair: v.pair, Seq: v.seq}
}

func (v *visitor) chat(text string) {
	v.t.Helper()
	v.say(&protocol.Chat{Type: protocol.KindChat, Sequenced: v.head(), ID: "c", Text: text})
}

func (v *visitor) hears(text string) *protocol.Chat {
	v.t.Helper()
	chat := expect[*protocol.Chat](v)
	if chat.Text != text {
		v.t.Fatalf("heard %q, want %q", chat.Text, text)
	}
	return chat
}

// pairUp brings two idle visitors together.
func pairUp(a, b *visitor) {
	a.t.Helper()
	a.find()
	b.find()
	ma, mb := a.matched(), b.matched()
	if ma.Pair != mb.Pair || ma.Polite == mb.Polite {
		a.t.Fatalf("matched as %+v and %+v", ma, mb)
	}
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	os.Stderr.Write(p)
	return len(p), nil
}

func logLevel() slog.Level {
	if testing.Verbose() {
		return slog.LevelInfo
	}
	return slog.LevelError
}

// reportsOf returns the stored reports that a session made.
func reportsOf(t *testing.T, n *node, reporter models.SessionID) []models.Report {
	t.Helper()
	all, _, err := n.Store.(*store.Store).Reports(context.Background(), store.ReportFilter{}, store.Page{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	var rows []models.Report
	for _, r := range all {
		if r.Reporter.Session == reporter {
			rows = append(rows, r)
		}
	}
	return rows
}
