package signaling

import (
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"omezle/models"
	"omezle/signaling/protocol"
)

// raw sends bytes as they are.
func (v *visitor) raw(data string) {
	v.t.Helper()
	if err := v.ws.WriteMessage(websocket.TextMessage, []byte(data)); err != nil {
		v.t.Fatal(err)
	}
}

func TestOnlyOurPagesMayConnect(t *testing.T) {
	w := newWorld(t)
	own := w.node(t)
	w.cfg.PublicOrigins = []string{"https://chat.example"}
	listed := w.node(t)
	for _, c := range []struct {
		name, origin string
		node         *node
		allowed      bool
	}{
		{"no origin, so no page", "", own, true},
		{"its own", own.url, own, true},
		{"another site", "https://evil.example", own, false},
		{"null", "null", own, false},
		{"on the list", "https://chat.example", listed, true},
		{"its own, but there is a list", listed.url, listed, false},
		{"a prefix of the list", "https://chat.example.evil.example", listed, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			header := http.Header{}
			if c.origin != "" {
				header.Set("Origin", c.origin)
			}
			dialer := websocket.Dialer{Subprotocols: []string{protocol.Subprotocol}}
			ws, response, err := dialer.Dial("ws"+strings.TrimPrefix(c.node.url, "http")+"/ws", header)
			if c.allowed != (err == nil) {
				t.Fatalf("socket: %v", err)
			}
			if err == nil {
				ws.Close()
			} else if response.StatusCode != http.StatusForbidden {
				t.Fatalf("socket: status %d", response.StatusCode)
			}
			request, _ := http.NewRequest(http.MethodPost, c.node.url+"/api/session", strings.NewReader(`{"consent":"2026-11","adult":true}`))
			request.Header = header
			api, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			api.Body.Close()
			if c.allowed != (api.StatusCode == http.StatusCreated) {
				t.Fatalf("API: status %d", api.StatusCode)
			}
			http.DefaultClient.CloseIdleConnections()
		})
	}
}

func TestSessionsAreRefusedWithAReason(t *testing.T) {
	n := newWorld(t).node(t)
	for _, c := range []struct {
		name, body string
		status     int
		code       string
	}{
		{"no JSON", `hello`, 400, "bad_request"},
		{"too long", `{"device":"` + strings.Repeat("x", 8<<10) + `"}`, 400, "bad_request"},
		{"too young", `{"consent":"2026-11","adult":false}`, 422, "age"},
		{"old rules", `{"consent":"1999-01","adult":true}`, 409, "consent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			response, err := http.Post(n.url+"/api/session", "application/json", strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			var p protocol.Problem
			if err := json.NewDecoder(response.Body).Decode(&p); err != nil || response.StatusCode != c.status || p.Code != c.code || p.Detail == "" {
				t.Fatalf("status %d, problem %+v, %v", response.StatusCode, p, err)
			}
			http.DefaultClient.CloseIdleConnections()
		})
	}
}

func TestABadHelloEndsTheSocket(t *testing.T) {
	n := newWorld(t).node(t)
	good := n.newSession(t, "")
	other, _ := NewTokens([]byte(strings.Repeat("z", 32)))
	device := n.Tokens.Device(models.NewDeviceID(), time.Now(), time.Now())
	expired := n.Tokens.Session(SessionClaims{Session: good.Session, Consent: n.cfg.ConsentVersion, Issued: time.Now().Add(-25 * time.Hour).Unix()})
	outdated := n.Tokens.Session(SessionClaims{Session: good.Session, Consent: "old", Issued: time.Now().Unix()})
	unknown := n.Tokens.Session(SessionClaims{Session: models.NewSessionID(), Consent: n.cfg.ConsentVersion, Issued: time.Now().Unix()})
	foreign := other.Session(SessionClaims{Session: good.Session, Consent: n.cfg.ConsentVersion, Issued: time.Now().Unix()})
	hello := func(token string) string { return `{"type":"hello","token":"` + token + `"}` }
	for _, c := range []struct {
		name, frame string
		want        protocol.CloseCode
	}{
		{"not JSON", "hello", protocol.CloseBadHello},
		{"another message first", `{"type":"ping","n":1}`, protocol.CloseBadHello},
		{"no token", `{"type":"hello"}`, protocol.CloseBadHello},
		{"garbage", hello("a.b"), protocol.CloseUnknownSession},
		{"signed by somebody else", hello(foreign), protocol.CloseUnknownSession},
		{"a device token", hello(device), protocol.CloseUnknownSession},
		{"a session that never was", hello(unknown), protocol.CloseUnknownSession},
		{"too old", hello(expired), protocol.CloseExpired},
		{"old rules", hello(outdated), protocol.CloseConsent},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := &visitor{t: t}
			v.open(n)
			v.raw(c.frame)
			if code := v.closed(); code != c.want {
				t.Fatalf("closed with %d, want %d", code, c.want)
			}
		})
	}
}

func TestMistakesAreAnsweredThenEndTheSocket(t *testing.T) {
	n := newWorld(t).node(t)
	bad, a, b := n.arrive(t, ""), n.arrive(t, ""), n.arrive(t, "")
	pairUp(a, b)
	bad.raw(`{"type":`)
	if e := expect[*protocol.Error](bad); e.Code != protocol.ErrorBadMessage || e.Message == "" {
		t.Fatalf("answered %+v", e)
	}
	bad.raw(`{"type":"dance"}`)
	if e := expect[*protocol.Error](bad); e.Code != protocol.ErrorUnknownKind {
		t.Fatalf("answered %+v", e)
	}
	// A stranger's pair: nothing reaches it.
	bad.pair = a.pair
	bad.chat("you do not know me")
	if e := expect[*protocol.Error](bad); e.Code != protocol.ErrorNotPaired {
		t.Fatalf("answered %+v", e)
	}
	a.chat("undisturbed")
	b.hears("undisturbed")
	for range protocol.MaxStrikes {
		if bad.ws.WriteMessage(websocket.TextMessage, []byte(`{`)) != nil {
			break
		}
	}
	if code := bad.closed(); code != protocol.CloseViolation {
		t.Fatalf("closed with %d", code)
	}
}

func TestABigFrameEndsOnlyItsSocket(t *testing.T) {
	n := newWorld(t).node(t)
	bad, a, b := n.arrive(t, ""), n.arrive(t, ""), n.arrive(t, "")
	pairUp(a, b)
	_ = bad.ws.WriteMessage(websocket.TextMessage, make([]byte, 1<<20))
	if code := bad.closed(); code != protocol.CloseTooBig && code != 1006 { // what was not read may reset the connection before the code is
		t.Fatalf("closed with %d", code)
	}
	a.chat("undisturbed")
	b.hears("undisturbed")
}

func TestCandidatesAreCounted(t *testing.T) {
	n := newWorld(t).node(t)
	a, b := n.arrive(t, ""), n.arrive(t, "")
	pairUp(a, b)
	candidate := func() *protocol.Candidate {
		return &protocol.Candidate{Type: protocol.KindCandidate, Sequenced: a.head(), Candidate: protocol.ICECandidate{Candidate: "candidate:1 1 udp 1 203.0.113.1 9 typ host"}}
	}
	offer := func() *protocol.Description {
		return &protocol.Description{Type: protocol.KindDescription, Sequenced: a.head(), Description: protocol.SDP{Type: protocol.SDPOffer, SDP: "v=0\r\n"}}
	}
	for range 2 { // a new description begins a new count
		a.say(offer())
		expect[*protocol.Description](b)
		for range protocol.MaxCandidates {
			a.say(candidate())
			expect[*protocol.Candidate](b)
		}
	}
	flood := candidate()
	a.say(flood)
	if e := expect[*protocol.Error](a); e.Code != protocol.ErrorRateLimited || e.Seq != flood.Seq || e.RetryMS <= 0 {
		t.Fatalf("answered %+v", e)
	}
}

func TestTooFastAChatIsHeldAndCanBeSentAgain(t *testing.T) {
	w := newWorld(t)
	w.cfg.ChatBurst, w.cfg.ChatPerSecond = 3, 20
	n := w.node(t)
	a, b := n.arrive(t, ""), n.arrive(t, "")
	pairUp(a, b)
	for _, text := range []string{"1", "2", "3"} {
		a.chat(text)
		b.hears(text)
	}
	a.chat("4")
	refused := expect[*protocol.Error](a)
	if refused.Code != protocol.ErrorRateLimited || refused.Seq != 4 || refused.RetryMS <= 0 {
		t.Fatalf("answered %+v", refused)
	}
	a.chat("5") // out of order now: dropped without a word
	a.seq = 3
	timer := time.NewTimer(time.Duration(refused.RetryMS) * time.Millisecond)
	<-timer.C
	a.chat("4")
	b.hears("4")
	eventually(t, "5 is taken in its turn", func() bool {
		a.seq = 4
		a.chat("5")
		for {
			select {
			case m := <-b.in:
				if chat, ok := m.(*protocol.Chat); ok {
					return chat.Text == "5"
				}
			default:
				return false
			}
		}
	})
}

func TestSocketsThatSayNothingAreBoundedAndEnd(t *testing.T) {
	w := newWorld(t)
	w.cfg.MaxPending = 8
	n := w.node(t)
	a, b := n.arrive(t, ""), n.arrive(t, "")
	pairUp(a, b)
	dialer := websocket.Dialer{Subprotocols: []string{protocol.Subprotocol}}
	refused := 0
	for range 20 {
		ws, response, err := dialer.Dial("ws"+strings.TrimPrefix(n.url, "http")+"/ws", nil)
		if err == nil {
			defer ws.Close()
		} else if response != nil && response.StatusCode == http.StatusServiceUnavailable && response.Header.Get("Retry-After") != "" {
			refused++
		} else {
			t.Fatal(err)
		}
	}
	if refused != 12 {
		t.Fatalf("%d refused, want 12", refused)
	}
	eventually(t, "those who say nothing make room for others", func() bool {
		ws, _, err := dialer.Dial("ws"+strings.TrimPrefix(n.url, "http")+"/ws", nil)
		if err == nil {
			ws.Close()
		}
		return err == nil
	})
	a.chat("undisturbed")
	b.hears("undisturbed")
}

func TestASlowReaderHarmsOnlyItself(t *testing.T) {
	w := newWorld(t)
	w.cfg.ChatBurst, w.cfg.ChatPerSecond, w.cfg.OtherBurst, w.cfg.OtherPerSecond = 1e6, 1e6, 1e6, 1e6
	n := w.node(t)
	sender := n.arrive(t, "")
	slow := &visitor{t: t, token: n.newSession(t, "")}
	dialer := websocket.Dialer{Subprotocols: []string{protocol.Subprotocol}, NetDial: func(network, addr string) (net.Conn, error) {
		conn, err := net.Dial(network, addr)
		if err == nil {
			err = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
		}
		return conn, err
	}}
	ws, _, err := dialer.Dial("ws"+strings.TrimPrefix(n.url, "http")+"/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	slow.ws = ws
	slow.say(&protocol.Hello{Type: protocol.KindHello, Token: slow.token.Token})
	slow.find()
	sender.find()
	sender.matched()
	text := strings.Repeat("x", protocol.MaxText)
	eventually(t, "the slow one is dropped and the sender told", func() bool {
		for range 200 {
			sender.chat(text)
		}
		for {
			select {
			case m := <-sender.in:
				if p, ok := m.(*protocol.PartnerPresence); ok && p.State == protocol.PresenceAway {
					return true
				}
			default:
				return false
			}
		}
	})
	a, b := n.arrive(t, ""), n.arrive(t, "")
	pairUp(a, b)
	a.chat("undisturbed")
	b.hears("undisturbed")
}

func TestTheSilentAreClosed(t *testing.T) {
	w := newWorld(t)
	w.cfg.PingInterval, w.cfg.SilentAfter = time.Second, 2*time.Second
	n := w.node(t)
	v := &visitor{t: t, token: n.newSession(t, "")}
	dialer := websocket.Dialer{Subprotocols: []string{protocol.Subprotocol}}
	ws, _, err := dialer.Dial("ws"+strings.TrimPrefix(n.url, "http")+"/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	ws.SetPingHandler(func(string) error { return nil }) // never a pong
	v.ws = ws
	v.say(&protocol.Hello{Type: protocol.KindHello, Token: v.token.Token})
	_ = ws.SetReadDeadline(time.Now().Add(patience))
	for {
		if _, _, err := ws.ReadMessage(); err != nil {
			if !websocket.IsCloseError(err, int(protocol.CloseSilent)) {
				t.Fatalf("ended with %v", err)
			}
			return
		}
	}
}

func FuzzReceive(f *testing.F) {
	ids := models.NewSessionID()
	pair := models.NewPairID()
	f.Add(appendPeer(nil, ids, pair, true, []byte(`{"type":"ack"}`)))
	for _, c := range []*control{
		{Kind: controlPropose, To: ids, Pair: pair, From: &party{}, Terms: &terms{}}, {Kind: controlCheck, Checks: []check{{}}},
		{Kind: controlTaken, To: ids, Epoch: 3}, {Kind: controlAccept, To: ids}, {Kind: controlEnd},
	} {
		data, _ := encodeControl(c)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		c, p, err := parsePayload(payload)
		if err != nil {
			return
		}
		if c == nil {
			again := appendPeer(nil, p.to, p.pair, p.chat, p.frame)
			if len(again) != len(payload) {
				t.Fatalf("%d bytes became %d", len(payload), len(again))
			}
		} else if _, err := encodeControl(c); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzTokens(f *testing.F) {
	tokens, _ := NewTokens([]byte(strings.Repeat("k", 32)))
	now := time.Now()
	f.Add(tokens.Session(SessionClaims{Session: models.NewSessionID(), Issued: now.Unix()}))
	f.Add(tokens.Device(models.NewDeviceID(), now, now))
	f.Add("..")
	strangers, _ := NewTokens([]byte(strings.Repeat("q", 32)))
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := strangers.ParseSession(token, now, time.Hour); err == nil {
			t.Fatalf("%q was taken without our key", token)
		}
		_, _ = tokens.ParseSession(token, now, time.Hour)
	})
}
