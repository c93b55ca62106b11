package client

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"omezle/models"
	"omezle/signaling/protocol"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

// node is a server that says what the test tells it to.
type node struct {
	*httptest.Server
	sockets  chan *socket
	sessions chan protocol.SessionRequest

	mu      sync.Mutex
	problem *protocol.Problem // answer to everything, when set
}

func newNode(t *testing.T) *node {
	n := &node{sockets: make(chan *socket, 16), sessions: make(chan protocol.SessionRequest, 16)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/session", func(w http.ResponseWriter, r *http.Request) {
		var request protocol.SessionRequest
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
			t.Error(err)
		}
		n.sessions <- request
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(protocol.SessionResponse{Session: "s", Token: "token", Device: "device"})
	})
	mux.HandleFunc("GET /ws", func(w http.ResponseWriter, r *http.Request) {
		upgrader := websocket.Upgrader{Subprotocols: []string{protocol.Subprotocol}}
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		n.sockets <- &socket{ws}
	})
	n.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.mu.Lock()
		problem := n.problem
		n.mu.Unlock()
		if problem != nil {
			w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(problem.Status)
			_ = json.NewEncoder(w).Encode(problem)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(n.Close)
	return n
}

func (n *node) refuse(problem *protocol.Problem) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.problem = problem
}

// socket is the server's side of a websocket.
type socket struct{ ws *websocket.Conn }

// accept waits for the next socket.
func (n *node) accept(t *testing.T) *socket {
	t.Helper()
	s := await(t, n.sockets, "socket")
	t.Cleanup(func() { _ = s.ws.Close() })
	return s
}

// welcome reads hello and answers it.
func (s *socket) welcome(t *testing.T, message *protocol.Welcome) *protocol.Hello {
	t.Helper()
	hello := read[*protocol.Hello](t, s)
	message.Type = protocol.KindWelcome
	if message.State == "" {
		message.State = protocol.StateIdle
	}
	s.say(t, message)
	return hello
}

func (s *socket) say(t *testing.T, message protocol.Validator) {
	t.Helper()
	data, err := protocol.Encode(message)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ws.WriteMessage(websocket.TextMessage, data); err != nil {
		t.Fatal(err)
	}
}

func (s *socket) matched(t *testing.T, pair models.PairID) {
	t.Helper()
	s.say(t, matched(pair))
}

func (s *socket) close(code protocol.CloseCode) {
	_ = s.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(int(code), ""), time.Now().Add(patience))
}

func matched(pair models.PairID) *protocol.Matched {
	return &protocol.Matched{Type: protocol.KindMatched, Pair: pair, Mode: models.ModeText, Route: models.RouteP2P}
}

// read waits for a message, which must be a T.
func read[T protocol.Validator](t *testing.T, s *socket) T {
	t.Helper()
	_ = s.ws.SetReadDeadline(time.Now().Add(patience))
	_, data, err := s.ws.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	message, err := protocol.DecodeClient(data)
	if err != nil {
		t.Fatal(err)
	}
	wanted, ok := message.(T)
	if !ok {
		t.Fatalf("the client said %s, want %T", data, wanted)
	}
	return wanted
}

func await[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(patience):
		t.Fatalf("no %s", what)
		panic("unreachable")
	}
}

// visit is a running visitor whose events can be awaited.
type visit struct {
	*Visitor
	events chan protocol.Validator
	lost   chan error
	ended  chan error
}

func run(t *testing.T, opts Options) *visit {
	v := &visit{events: make(chan protocol.Validator, 256), lost: make(chan error, 256), ended: make(chan error, 1)}
	opts.Handle = func(m protocol.Validator) { v.events <- m }
	opts.Lost = func(err error) { v.lost <- err }
	opts.Consent = "v1"
	transport := &http.Transport{}
	opts.HTTP = &http.Client{Transport: transport}
	v.Visitor = New(opts)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		v.ended <- v.Run(t.Context())
	}()
	t.Cleanup(func() {
		<-stopped // t.Context has ended
		transport.CloseIdleConnections()
	})
	return v
}

// told waits for the next event, which must be a T.
func told[T protocol.Validator](t *testing.T, v *visit) T {
	t.Helper()
	message := await(t, v.events, "event")
	wanted, ok := message.(T)
	if !ok {
		t.Fatalf("the handler was told %T, want %T", message, wanted)
	}
	return wanted
}
