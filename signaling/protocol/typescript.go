package protocol

import (
	"fmt"
	"reflect"
	"strings"

	"omezle/models"
)

//go:generate go run ./tsgen ../../web/src/protocol/protocol.gen.ts

// clientKinds, peerKinds and serverKinds are the structs of each direction.
var (
	clientKinds = []any{Hello{}, Find{}, Cancel{}, Leave{}, Report{}, Block{}, Ping{}, Bye{}, Ready{}, Failed{}, Privacy{}, SFUOffer{}, SFUCandidate{}, Sighting{}}
	peerKinds   = []any{Chat{}, Reaction{}, Media{}, Description{}, Candidate{}, Typing{}, Ack{}}
	serverKinds = []any{Welcome{}, Queue{}, Matched{}, Ended{}, PartnerPresence{}, Done{}, Stats{}, Pong{}, Error{}, RouteStep{}, SFUAnswer{}, Bitrate{}, Path{}, ICEServersMessage{}, Moderation{}, Banned{}}
	httpBodies  = []any{SessionRequest{}, SessionResponse{}, PublicConfig{}, PublicStats{}, Preflight{}, PreflightSDP{}, Problem{}}
)

// enumerations maps a named string type to its values.
var enumerations = []struct {
	name   string
	values []string
}{
	{"Mode", texts(models.Modes...)},
	{"Route", texts(models.RouteP2P, models.RouteTURN, models.RouteSFU)},
	{"EndReason", texts(models.EndNext, models.EndStop, models.EndBlocked, models.EndReported, models.EndGone, models.EndNodeLost, models.EndUnconfirmed, models.EndStaff, models.EndBanned, models.EndModerated)},
	{"ReportReason", texts(models.ReportReasons...)},
	{"ReactionName", texts(Reactions...)},
	{"SDPType", texts(SDPOffer, SDPAnswer, SDPRollback)},
	{"SessionState", texts(StateIdle, StateWaiting, StatePaired)},
	{"QueueStage", texts(StageInterests, StageLanguage, StageAnyone)},
	{"RoutePhase", texts(RoutePrepare, RouteCommit, RouteRollback)},
	{"RouteReason", texts(models.RouteReasons...)},
	{"Via", texts(ViaDirect, ViaRelay, ViaServer)},
	{"FailureCause", texts(FailureICE, FailureStalled, FailureUnsupported)},
	{"PresenceState", texts(PresenceAway, PresenceBack)},
	{"ErrorCode", texts(ErrorBadMessage, ErrorUnknownKind, ErrorNotPaired, ErrorNotIdle, ErrorRateLimited, ErrorUnavailable, ErrorInternal)},
	{"Reconnect", texts(ReconnectResume, ReconnectFresh, ReconnectNever, ReconnectLater)},
	{"ProxyState", texts(ProxyStates...)},
	{"Action", texts(models.Actions...)},
	{"ModerationTarget", texts(TargetYou, TargetPartner)},
	{"ModerationReason", texts(ModerationReasons...)},
}

func texts[T ~string](values ...T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

// TypeScript returns the text of web/src/protocol/protocol.gen.ts.
func TypeScript() string {
	var b strings.Builder
	b.WriteString("// Written by `go generate ./signaling/protocol`; do not edit. What it means is said in signaling/protocol.\n\n")
	fmt.Fprintf(&b, "export const SUBPROTOCOL = %q\n\n", Subprotocol)
	writeLimits(&b)
	for _, e := range enumerations {
		fmt.Fprintf(&b, "export const %sValues = ['%s'] as const\n", lowerFirst(e.name), strings.Join(e.values, "', '"))
		fmt.Fprintf(&b, "export type %s = (typeof %sValues)[number]\n\n", e.name, lowerFirst(e.name))
	}
	for _, v := range []any{Sequenced{}, SDP{}, ICECandidate{}, ICEServer{}, PathSide{}, PictureCheck{}} {
		writeInterface(&b, reflect.TypeOf(v))
	}
	for _, list := range [][]any{clientKinds, peerKinds, serverKinds, httpBodies} {
		for _, v := range list {
			writeInterface(&b, reflect.TypeOf(v))
		}
	}
	fmt.Fprintf(&b, "export type PeerMessage = %s\n", union(peerKinds))
	fmt.Fprintf(&b, "export type ClientMessage = %s | PeerMessage\n", union(clientKinds))
	fmt.Fprintf(&b, "export type ServerMessage = %s | PeerMessage\n\n", union(serverKinds))
	writeCloseCodes(&b)
	return b.String()
}

func writeLimits(b *strings.Builder) {
	b.WriteString("/** Sizes in bytes or Unicode code points, times in milliseconds. */\nexport const limits = {\n")
	for _, l := range []struct {
		name  string
		value int64
	}{
		{"maxFrame", MaxFrame}, {"maxToken", MaxToken}, {"maxText", MaxText}, {"maxSDP", MaxSDP}, {"maxCandidate", MaxCandidate},
		{"maxCandidates", MaxCandidates}, {"maxInterests", MaxInterests}, {"maxInterest", MaxInterest}, {"maxLanguage", MaxLanguage},
		{"maxDescription", MaxDescription}, {"maxClientID", MaxClientID}, {"maxStill", MaxStill}, {"window", Window},
		{"helloTimeout", HelloTimeout.Milliseconds()}, {"resumeWindow", ResumeWindow.Milliseconds()}, {"resendAfter", ResendAfter.Milliseconds()},
		{"ackDelay", AckDelay.Milliseconds()}, {"ackEvery", AckEvery}, {"pingAfter", PingAfter.Milliseconds()}, {"linger", Linger.Milliseconds()},
	} {
		fmt.Fprintf(b, "  %s: %d,\n", l.name, l.value)
	}
	b.WriteString("} as const\n\n")
}

func writeCloseCodes(b *strings.Builder) {
	b.WriteString("/** Close codes and what a client does after each; any other code means a lost network: resume. */\nexport const closeCodes = {\n")
	for _, c := range []struct {
		name string
		code CloseCode
	}{
		{"normal", CloseNormal}, {"goingAway", CloseGoingAway}, {"tooBig", CloseTooBig}, {"draining", CloseDraining}, {"silent", CloseSilent},
		{"slow", CloseSlow}, {"internal", CloseInternal}, {"unknownSession", CloseUnknownSession}, {"expired", CloseExpired},
		{"consent", CloseConsent}, {"badHello", CloseBadHello}, {"violation", CloseViolation}, {"superseded", CloseSuperseded},
		{"banned", CloseBanned}, {"busy", CloseBusy},
	} {
		fmt.Fprintf(b, "  %s: { code: %d, reconnect: '%s' },\n", c.name, c.code, Advice(c.code))
	}
	b.WriteString("} as const satisfies Record<string, { code: number; reconnect: Reconnect }>\n")
}

func union(list []any) string {
	names := make([]string, len(list))
	for i, v := range list {
		names[i] = tsName(reflect.TypeOf(v))
	}
	return strings.Join(names, " | ")
}

// tsName avoids the names of the browser's own types.
func tsName(t reflect.Type) string {
	switch t.Name() {
	case "Error", "Report", "Description", "Candidate":
		return t.Name() + "Message"
	}
	return t.Name()
}

func writeInterface(b *strings.Builder, t reflect.Type) {
	fmt.Fprintf(b, "export interface %s", tsName(t))
	var own []reflect.StructField
	for i := range t.NumField() {
		if f := t.Field(i); f.Anonymous {
			fmt.Fprintf(b, " extends %s", f.Type.Name())
		} else {
			own = append(own, f)
		}
	}
	b.WriteString(" {\n")
	for _, f := range own {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		optional := ""
		if strings.Contains(options, "omitempty") {
			optional = "?"
		}
		kind := f.Tag.Get("ts")
		if kind != "" {
			kind = "'" + kind + "'"
		} else {
			kind = tsType(f.Type)
		}
		fmt.Fprintf(b, "  %s%s: %s\n", name, optional, kind)
	}
	b.WriteString("}\n\n")
}

func tsType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return tsType(t.Elem())
	case reflect.Map: // JSON's keys are strings
		return "Record<string, " + tsType(t.Elem()) + ">"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "string" // base64
		}
		return tsType(t.Elem()) + "[]"
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int64, reflect.Uint16, reflect.Uint32, reflect.Float64:
		return "number"
	case reflect.Struct:
		return tsName(t)
	case reflect.String:
		for _, e := range enumerations {
			if e.name == t.Name() {
				return e.name
			}
		}
		return "string"
	}
	panic("protocol: no TypeScript for " + t.String())
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
