package protocol

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"omezle/models"
)

var update = flag.Bool("update", false, "write the goldens and the TypeScript anew")

const goldenPair = models.PairID("0123456789abcdefghij")

func pointer[T any](v T) *T { return &v }

// goldens has one message of each kind with every member set; the client's tests read the same files.
func goldens() map[Kind]Validator {
	head := Sequenced{Pair: goldenPair, Seq: 7, Ack: 3}
	matched := &Matched{
		Type: KindMatched, Pair: goldenPair, Mode: models.ModeVideo, Epoch: 1, Route: models.RouteTURN, Forced: true,
		RelayOnly: true, Cause: models.ReasonHideIP, Polite: true, Shared: []string{"go", "música"},
		Language: "es", Rematch: true, Hue: 210,
		ICEServers: []ICEServer{{URLs: []string{"turn:turn.example:3478?transport=udp"}, Username: "u", Credential: "c"}},
	}
	return map[Kind]Validator{
		KindHello:       &Hello{Type: KindHello, Token: "eyJ.abc", Fresh: true},
		KindFind:        &Find{Type: KindFind, Mode: models.ModeText, Interests: []string{"go", "música"}, Language: "es", HideIP: true},
		KindCancel:      &Cancel{Type: KindCancel},
		KindLeave:       &Leave{Type: KindLeave, Pair: goldenPair, Next: true},
		KindReport:      &Report{Type: KindReport, ID: "r-1", Pair: goldenPair, Reason: models.ReasonSpam, Description: "links, \"many\" <of> them", Block: true, Still: []byte{0xff, 0xd8, 0xff, 0xe0}},
		KindBlock:       &Block{Type: KindBlock, ID: "b-1", Pair: goldenPair},
		KindPing:        &Ping{Type: KindPing, N: 42},
		KindBye:         &Bye{Type: KindBye},
		KindChat:        &Chat{Type: KindChat, Sequenced: head, ID: "c-1", Text: "I <3 you & a < b\n👋🏽"},
		KindReaction:    &Reaction{Type: KindReaction, Sequenced: head, Reaction: ReactionHeart},
		KindMedia:       &Media{Type: KindMedia, Sequenced: head, Camera: true, Microphone: true},
		KindTyping:      &Typing{Type: KindTyping, Pair: goldenPair, Typing: true},
		KindAck:         &Ack{Type: KindAck, Pair: goldenPair, Ack: 9},
		KindDescription: &Description{Type: KindDescription, Sequenced: head, Epoch: 2, Description: SDP{Type: SDPOffer, SDP: "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"}},
		KindCandidate: &Candidate{Type: KindCandidate, Sequenced: head, Epoch: 2, Candidate: ICECandidate{
			Candidate: "candidate:1 1 udp 2113937151 203.0.113.7 50000 typ host", SDPMid: pointer("0"), SDPMLineIndex: pointer(uint16(0)), UsernameFragment: pointer("abcd"),
		}},
		KindWelcome: &Welcome{
			Type: KindWelcome, Session: "0123456789abcdefghij", Resumed: true, State: StatePaired, Pair: matched, PartnerAway: true,
			Online: 1204, Waiting: 7, Server: "1.0.0",
		},
		KindQueue:   &Queue{Type: KindQueue, Waiting: 3, Stage: StageInterests},
		KindMatched: matched,
		KindEnded:   &Ended{Type: KindEnded, Pair: goldenPair, Reason: models.EndGone, Self: true, State: StateWaiting},
		KindPartner: &PartnerPresence{Type: KindPartner, Pair: goldenPair, State: PresenceAway},
		KindDone:    &Done{Type: KindDone, ID: "r-1"},
		KindStats:   &Stats{Type: KindStats, Online: 1204, Waiting: 7},
		KindPong:    &Pong{Type: KindPong, N: 42},
		KindReady:   &Ready{Type: KindReady, Pair: goldenPair, Epoch: 2, Via: ViaServer},
		KindFailed:  &Failed{Type: KindFailed, Pair: goldenPair, Epoch: 2, Cause: FailureStalled},
		KindPrivacy: &Privacy{Type: KindPrivacy, HideIP: true},
		KindSFUOffer: &SFUOffer{
			Type: KindSFUOffer, Pair: goldenPair, Epoch: 2, Attempt: 1, SDP: "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n",
		},
		KindSFUCandidate: &SFUCandidate{Type: KindSFUCandidate, Pair: goldenPair, Epoch: 2, Candidate: ICECandidate{
			Candidate: "candidate:1 1 udp 2113937151 203.0.113.7 50000 typ host", SDPMid: pointer("0"), SDPMLineIndex: pointer(uint16(0)), UsernameFragment: pointer("abcd"),
		}},
		KindSFUAnswer: &SFUAnswer{
			Type: KindSFUAnswer, Pair: goldenPair, Epoch: 2, Attempt: 1, SDP: "v=0\r\no=- 2 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n",
		},
		KindSighting: &Sighting{
			Type: KindSighting, Pair: goldenPair, Class: "Porn", Score: 0.9375, Scores: map[string]float64{"Neutral": 0.0625, "Porn": 0.9375}, Model: "nsfwjs-mid/1",
		},
		KindModeration: &Moderation{
			Type: KindModeration, Pair: goldenPair, Target: TargetPartner, Actions: []models.Action{models.ActionBlur, models.ActionBan},
			Reason: ModerationNudity, Lifted: true, Until: 1_795_000_000,
		},
		KindBanned: &Banned{Type: KindBanned, Reason: "nudity", Until: 1_795_000_000, Ban: "0123456789abcdefghij"},
		KindRoute: &RouteStep{
			Type: KindRoute, Pair: goldenPair, Epoch: 2, Phase: RoutePrepare, Route: models.RouteSFU, Forced: true, RelayOnly: true,
			Cause: models.ReasonOperator, ICEServers: matched.ICEServers,
		},
		KindBitrate: &Bitrate{Type: KindBitrate, Pair: goldenPair, Epoch: 2, MaxBPS: 350_000},
		KindPath: &Path{
			Type: KindPath, Pair: goldenPair, Epoch: 2, Mine: PathSide{Connected: true, RTTMS: 31, LossPercent: 2, SentKbps: 900, GotKbps: 850},
			Theirs: PathSide{Connected: true, TCP: true, RTTMS: 95, SentKbps: 870, GotKbps: 880},
		},
		KindICEServers: &ICEServersMessage{Type: KindICEServers, Pair: goldenPair, ICEServers: matched.ICEServers},
		KindError:      &Error{Type: KindError, Code: ErrorRateLimited, Message: "slow down", ID: "c-1", Seq: 8, RetryMS: 1500},
	}
}

func TestEveryKindIsWrittenAsItsGolden(t *testing.T) {
	for kind, message := range goldens() {
		t.Run(string(kind), func(t *testing.T) {
			var want bytes.Buffer
			encoder := json.NewEncoder(&want)
			encoder.SetIndent("", "  ")
			encoder.SetEscapeHTML(false)
			if err := encoder.Encode(message); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", "golden", string(kind)+".json")
			if *update {
				if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			golden, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v (go test ./signaling/protocol -update writes it)", err)
			}
			if !bytes.Equal(golden, want.Bytes()) {
				t.Fatalf("golden\n%s\nbut written is\n%s", golden, want.Bytes())
			}
			decode := DecodeClient
			if newClientMessage(kind) == nil {
				decode = DecodeServer
			}
			read, err := decode(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(read, message) {
				t.Fatalf("read %#v, want %#v", read, message)
			}
		})
	}
}

func TestEveryKindHasAGolden(t *testing.T) {
	have := goldens()
	for _, list := range [][]any{clientKinds, peerKinds, serverKinds} {
		for _, v := range list {
			field, _ := reflect.TypeOf(v).FieldByName("Type")
			if kind := Kind(field.Tag.Get("ts")); have[kind] == nil {
				t.Errorf("no golden for %q", kind)
			}
		}
	}
}

func TestTypeScriptIsUpToDate(t *testing.T) {
	const file = "../../web/src/protocol/protocol.gen.ts"
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(written) != TypeScript() {
		t.Fatal("run go generate ./signaling/protocol")
	}
}

func TestAdviceFollowsTheHundreds(t *testing.T) {
	for code, want := range map[CloseCode]Reconnect{
		CloseNormal: ReconnectNever, CloseGoingAway: ReconnectResume, 1006: ReconnectResume, 1012: ReconnectResume, CloseTooBig: ReconnectNever,
		CloseDraining: ReconnectResume, CloseSilent: ReconnectResume, CloseSlow: ReconnectResume, CloseInternal: ReconnectResume,
		CloseUnknownSession: ReconnectFresh, CloseExpired: ReconnectFresh, CloseConsent: ReconnectFresh,
		CloseBadHello: ReconnectNever, CloseViolation: ReconnectNever, CloseSuperseded: ReconnectNever, CloseBanned: ReconnectNever,
		CloseBusy: ReconnectLater,
	} {
		if got := Advice(code); got != want {
			t.Errorf("%d: %s, want %s", code, got, want)
		}
	}
}

func TestWhatAStrangerMayNotSend(t *testing.T) {
	pair := string(goldenPair)
	for _, c := range []struct{ name, frame, want string }{
		{"no JSON", `{`, "not a JSON object"},
		{"an array", `[]`, "not a JSON object"},
		{"no type", `{}`, "unknown message type"},
		{"the server's words", `{"type":"welcome"}`, "unknown message type"},
		{"two values", `{"type":"bye"}{"type":"bye"}`, "not a JSON object"},
		{"an empty token", `{"type":"hello","token":""}`, "token has 0 bytes"},
		{"an unknown mode", `{"type":"find","mode":"smoke"}`, "mode"},
		{"too many interests", `{"type":"find","mode":"text","interests":["1","2","3","4","5","6","7","8","9","10","11"]}`, "interests are over"},
		{"a long interest", `{"type":"find","mode":"text","interests":["` + strings.Repeat("x", 33) + `"]}`, "interest is over"},
		{"a language that is none", `{"type":"find","mode":"text","language":"e1"}`, "BCP 47"},
		{"an address instead of a pair", `{"type":"typing","pair":"10.0.0.1","typing":true}`, "pair is not a pair id"},
		{"seq 0", `{"type":"chat","pair":"` + pair + `","seq":0,"id":"1","text":"hi"}`, "seq begins at 1"},
		{"an empty text", `{"type":"chat","pair":"` + pair + `","seq":1,"id":"1","text":""}`, "text has 0 characters"},
		{"2,001 characters", `{"type":"chat","pair":"` + pair + `","seq":1,"id":"1","text":"` + strings.Repeat("é", 2001) + `"}`, "text has 2001 characters"},
		{"a control character", `{"type":"chat","pair":"` + pair + `","seq":1,"id":"1","text":"a\u0007b"}`, "control character"},
		{"a description of a report over 1,000", `{"type":"report","id":"1","pair":"` + pair + `","reason":"spam","description":"` + strings.Repeat("x", 1001) + `"}`, "description has 1001"},
		{"a reason of one's own", `{"type":"report","id":"1","pair":"` + pair + `","reason":"ugly"}`, "reason"},
		{"an SDP over 32 KiB", `{"type":"description","pair":"` + pair + `","seq":1,"description":{"type":"offer","sdp":"v=0\r\n` + strings.Repeat("a", MaxSDP) + `"}}`, "sdp of"},
		{"an SDP that is none", `{"type":"description","pair":"` + pair + `","seq":1,"description":{"type":"offer","sdp":"hello"}}`, "v=0"},
		{"a candidate that is none", `{"type":"candidate","pair":"` + pair + `","seq":1,"candidate":{"candidate":"http://example.com"}}`, "candidate does not begin"},
		{"a long candidate", `{"type":"candidate","pair":"` + pair + `","seq":1,"candidate":{"candidate":"candidate:` + strings.Repeat("1", 1024) + `"}}`, "candidate of"},
		{"epoch 0", `{"type":"ready","pair":"` + pair + `","epoch":0,"via":"direct"}`, "epoch begins at 1"},
		{"a way of one's own", `{"type":"ready","pair":"` + pair + `","epoch":1,"via":"pigeon"}`, "via"},
		{"a cause of one's own", `{"type":"failed","pair":"` + pair + `","epoch":1,"cause":"mood"}`, "cause"},
		{"an offer over 32 KiB", `{"type":"sfu_offer","pair":"` + pair + `","epoch":1,"attempt":1,"sdp":"v=0\r\n` + strings.Repeat("a", MaxSDP) + `"}`, "sdp of"},
		{"attempt 0", `{"type":"sfu_offer","pair":"` + pair + `","epoch":1,"sdp":"v=0\r\n"}`, "attempt begins at 1"},
		{"a candidate for the server that is none", `{"type":"sfu_candidate","pair":"` + pair + `","epoch":1,"candidate":{"candidate":"ftp:"}}`, "candidate does not begin"},
		{"a still that is no picture", `{"type":"report","id":"1","pair":"` + pair + `","reason":"spam","still":"PHN2Zz4="}`, "neither JPEG nor WebP"},
		{"a still over 40 KiB", `{"type":"report","id":"1","pair":"` + pair + `","reason":"spam","still":"/9j/` + strings.Repeat("AAAA", MaxStill/3) + `"}`, "still of"},
		{"a score over 1", `{"type":"sighting","pair":"` + pair + `","class":"Porn","score":1.5}`, "score"},
		{"a sighting of nothing", `{"type":"sighting","pair":"` + pair + `","score":1}`, "class has 0 bytes"},
		{"a class that is none", `{"type":"sighting","pair":"` + pair + `","class":"Porn","score":1,"scores":{"\u0007":1}}`, "class has characters"},
		{"an unknown reaction", `{"type":"reaction","pair":"` + pair + `","seq":1,"reaction":"<img>"}`, "reaction"},
	} {
		t.Run(c.name, func(t *testing.T) {
			message, err := DecodeClient([]byte(c.frame))
			if err == nil {
				t.Fatalf("taken as %#v", message)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %q does not say %q", err, c.want)
			}
		})
	}
}

func TestInterestsAndLanguageAreFolded(t *testing.T) {
	message, err := DecodeClient([]byte(`{"type":"find","mode":"text","language":"pt-BR","interests":["  #Go  Lang ","go lang","MÚSICA","","a\u200bb"]}`))
	if err != nil {
		t.Fatal(err)
	}
	find := message.(*Find)
	if want := []string{"go lang", "música", "a b"}; !reflect.DeepEqual(find.Interests, want) || find.Language != "pt" {
		t.Fatalf("got %q and %q", find.Interests, find.Language)
	}
}

func FuzzDecodeClient(f *testing.F) {
	for _, message := range goldens() {
		data, _ := Encode(message)
		f.Add(data)
	}
	f.Add([]byte(`{"type":"find","mode":"text","interests":["\ud800"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		message, err := DecodeClient(data)
		if err != nil {
			return
		}
		again, err := Encode(message)
		if err != nil {
			if len(data) < MaxFrame/6 { // escapes can make a frame that fitted too long
				t.Fatalf("taken but not passed on: %v", err)
			}
			return
		}
		second, err := DecodeClient(again)
		if err != nil {
			t.Fatalf("what we pass on is not valid: %v\n%s", err, again)
		}
		if !reflect.DeepEqual(message, second) {
			t.Fatalf("changed on the way: %#v, then %#v", message, second)
		}
	})
}

func BenchmarkDecodeChat(b *testing.B) {
	data, err := Encode(goldens()[KindChat])
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeClient(data); err != nil {
			b.Fatal(err)
		}
	}
}
