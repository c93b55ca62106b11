package acceptance

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"omezle/cmd/omezle/acceptance/stage"
	"omezle/models"
	"omezle/signaling/client"
	"omezle/signaling/protocol"
)

// scene is two nodes where decent people talk in pairs across both, while somebody attacks the first.
type scene struct {
	target  *stage.Node
	nodes   []*stage.Node
	crowd   *stage.Crowd
	couples [][2]*stage.Guest
	before  map[*stage.Guest]models.PairID
}

func newScene(t *testing.T, settings ...string) *scene {
	t.Helper()
	const pairs = 50
	shared := stores(t)
	s := &scene{crowd: stage.NewCrowd(t)}
	s.nodes = []*stage.Node{stage.Start(t, shared, settings...), stage.Start(t, shared, settings...)}
	s.target = s.nodes[0]
	for i := range pairs {
		s.couples = append(s.couples, [2]*stage.Guest{
			s.crowd.Invite(urls(0, s.nodes...), "", nil), s.crowd.Invite(urls(i%2, s.nodes...), "", nil),
		})
	}
	connected(t, s.crowd.Guests())
	couple(t, s.couples)
	s.before = pairsOf(s.crowd.Guests())
	return s
}

func (s *scene) rss(t *testing.T) int64 {
	t.Helper()
	bytes, err := stage.RSS(s.target.PID())
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

// under runs an attack while people talk, then tells what they and the server noticed of it.
func (s *scene) under(t *testing.T, attack func(t *testing.T)) {
	t.Helper()
	guests := s.crowd.Guests()
	chatter := talk(guests, 500*time.Millisecond)
	progress(t, guests, len(guests))
	s.crowd.Delivery.Take()
	progress(t, guests, 4*len(guests))
	delivery(t, s.crowd, "in peace")
	before := s.rss(t)
	attack(t)
	during := s.rss(t)
	progress(t, guests, 2*len(guests))
	delivery(t, s.crowd, "under attack")
	t.Logf("the server's memory: %d MiB before, %d MiB at the attack's end", before>>20, during>>20)
	chatter.silence()
	settled(t, s.couples)
	undisturbed(t, guests, s.before)
	blameless(t, guests)
	alive(t, s.nodes...)
	if ready, said := s.target.Ready(t.Context()); !ready {
		t.Errorf("the node is not ready after the attack: %s", said)
	}
}

// intruder is a socket of somebody who means no good.
func intruder(t *testing.T, base string) *client.Conn {
	t.Helper()
	session, err := client.Create(t.Context(), http.DefaultClient, base, protocol.SessionRequest{Consent: stage.Consent, Adult: true})
	if err != nil {
		t.Fatal(err)
	}
	conn, _, err := client.Dial(t.Context(), base, session.Token, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Cut)
	return conn
}

// closedWith reads until the server has had enough, and returns the code and the refusals before it.
func closedWith(t *testing.T, conn *client.Conn) (code protocol.CloseCode, refusals map[protocol.ErrorCode]int) {
	t.Helper()
	refusals = make(map[protocol.ErrorCode]int)
	for {
		message, err := conn.Receive()
		var end *client.CloseError
		if errors.As(err, &end) {
			return end.Code, refusals
		}
		if err != nil {
			t.Fatal(err)
		}
		if refusal, ok := message.(*protocol.Error); ok {
			refusals[refusal.Code]++
		}
	}
}

// accomplices are two intruders in one pair.
func accomplices(t *testing.T, base string) (a, b *client.Conn, pair models.PairID) {
	t.Helper()
	a, b = intruder(t, base), intruder(t, base)
	for _, conn := range []*client.Conn{a, b} {
		if err := conn.Send(&protocol.Find{Type: protocol.KindFind, Mode: models.ModeVideo}); err != nil {
			t.Fatal(err)
		}
	}
	var pairs [2]models.PairID
	for i, conn := range []*client.Conn{a, b} {
		for pairs[i] == "" {
			message, err := conn.Receive()
			if err != nil {
				t.Fatal(err)
			}
			if m, ok := message.(*protocol.Matched); ok {
				pairs[i] = m.Pair
			}
		}
	}
	if pairs[0] != pairs[1] {
		t.Fatal("the accomplices were not matched with one another")
	}
	return a, b, pairs[0]
}

func TestHostileClientsHarmNobodyElse(t *testing.T) {
	s := newScene(t)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	t.Run("pages of other sites", func(t *testing.T) {
		s.under(t, func(t *testing.T) {
			for range 500 {
				if status := knock(t, s.target.URL, "https://evil.example"); status != http.StatusForbidden {
					t.Fatalf("let in with status %d", status)
				}
			}
		})
	})
	t.Run("frames of a megabyte", func(t *testing.T) {
		s.under(t, func(t *testing.T) {
			big := []byte(`{"type":"ping","n":` + strings.Repeat("1", 1<<20) + `}`)
			for range 50 {
				conn := intruder(t, s.target.URL)
				_ = conn.SendText(big) // the server may hang up in the middle
				if code, _ := closedWith(t, conn); code != protocol.CloseTooBig && code != 1006 {
					t.Fatalf("closed with %d", code)
				}
			}
		})
	})
	t.Run("malformed messages", func(t *testing.T) {
		s.under(t, func(t *testing.T) {
			for _, text := range []string{`{`, `[]`, `{"type":"find","mode":{}}`, `{"type":"no such"}`, `{"type":"welcome"}`, "\xff\xfe", strings.Repeat("[", 60_000)} {
				conn := intruder(t, s.target.URL)
				for range 2 * protocol.MaxStrikes {
					if conn.SendText([]byte(text)) != nil {
						break
					}
				}
				if code, _ := closedWith(t, conn); code != protocol.CloseViolation && code != 1007 && code != 1006 {
					t.Errorf("%.20q: closed with %d", text, code)
				}
			}
		})
	})
	t.Run("session descriptions of 100 KB", func(t *testing.T) {
		s.under(t, func(t *testing.T) {
			for range 20 {
				a, _, pair := accomplices(t, s.target.URL)
				for _, size := range []int{40 << 10, 100 << 10} { // over an SDP's limit, over a frame's
					_ = a.SendText([]byte(fmt.Sprintf(`{"type":"description","pair":%q,"seq":1,"description":{"type":"offer","sdp":"v=0\r\n%s"}}`,
						pair, strings.Repeat("a", size))))
				}
				code, refusals := closedWith(t, a)
				if refusals[protocol.ErrorBadMessage] != 1 || (code != protocol.CloseTooBig && code != 1006) {
					t.Fatalf("closed with %d after %v", code, refusals)
				}
			}
		})
	})
	t.Run("a flood of candidates", func(t *testing.T) {
		s.under(t, func(t *testing.T) { floodCandidates(t, s.target.URL) })
	})
	t.Run("messages to strangers", func(t *testing.T) {
		s.under(t, func(t *testing.T) {
			for _, pair := range s.couples[:10] {
				stranger := pair[0].Pair()
				head := protocol.Sequenced{Pair: stranger, Seq: 1}
				for _, message := range []protocol.Validator{
					&protocol.Chat{Type: protocol.KindChat, Sequenced: head, ID: "x", Text: "let me in"},
					&protocol.Description{Type: protocol.KindDescription, Sequenced: head, Description: protocol.SDP{Type: protocol.SDPOffer, SDP: "v=0\r\n"}},
					&protocol.Ack{Type: protocol.KindAck, Pair: stranger, Ack: 1000},
					&protocol.Typing{Type: protocol.KindTyping, Pair: stranger, Typing: true},
					&protocol.Leave{Type: protocol.KindLeave, Pair: stranger},
					&protocol.Block{Type: protocol.KindBlock, ID: "b", Pair: stranger},
					&protocol.Report{Type: protocol.KindReport, ID: "r", Pair: stranger, Reason: models.ReasonSpam, Block: true},
				} {
					conn := intruder(t, s.target.URL)
					for range 2 * protocol.MaxStrikes {
						if conn.Send(message) != nil {
							break
						}
					}
					conn.Cut()
				}
			}
		})
	})
}

// floodCandidates sends candidates as fast as they go, and expects that the partner gets no more than there may be.
func floodCandidates(t *testing.T, base string) {
	t.Helper()
	a, b, pair := accomplices(t, base)
	go func() { // ends with the socket
		for seq := uint32(1); seq <= 20_000; seq++ {
			if a.Send(&protocol.Candidate{
				Type: protocol.KindCandidate, Sequenced: protocol.Sequenced{Pair: pair, Seq: seq},
				Candidate: protocol.ICECandidate{Candidate: fmt.Sprintf("candidate:%d 1 udp 1 192.0.2.1 9 typ host", seq)},
			}) != nil {
				return
			}
		}
	}()
	if code, refusals := closedWith(t, a); code != protocol.CloseViolation && code != 1006 {
		t.Errorf("closed with %d after %v", code, refusals)
	}
	got := 0
	for {
		message, err := b.Receive()
		if err != nil {
			t.Fatal(err)
		}
		switch message.(type) {
		case *protocol.Candidate:
			got++
		case *protocol.PartnerPresence: // the flooder was closed
			if got > protocol.MaxCandidates {
				t.Errorf("the partner got %d candidates", got)
			}
			return
		}
	}
}
