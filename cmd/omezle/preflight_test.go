package main

import (
	"encoding/json"
	"net"
	"slices"
	"strings"
	"testing"

	"omezle/signaling/bus"
	"omezle/signaling/protocol"
)

func TestAPageThatLooksGetsRelaysThatReachNobody(t *testing.T) {
	n := start(t, relaying("signaling,turn")...).serves()
	var body protocol.Preflight
	if err := json.Unmarshal([]byte(n.get(n.public+"/api/preflight").body), &body); err != nil || len(body.ICEServers) != 1 {
		t.Fatalf("got %+v, %v", body, err)
	}
	server := body.ICEServers[0]
	if !strings.HasSuffix(server.Username, ":check") || len(server.URLs) != 3 {
		t.Errorf("got %+v", server)
	}
	for _, address := range server.URLs[1:] {
		relay := allocate(t, server, address, nil)
		if _, err := relay.WriteTo([]byte("to a stranger"), &net.UDPAddr{IP: net.IPv4(198, 51, 100, 7), Port: 9}); err == nil {
			t.Errorf("%s: it relays to anybody", address)
		}
	}
	if got := n.get(n.public + "/api/preflight/offer"); got.status == 200 {
		t.Errorf("a media server that is not there answers %s", got.body)
	}
}

func TestSTUNServersToCompareAreOursAndNotTheSameTwice(t *testing.T) {
	have := []string{"stun:a:1", "turn:a:1?transport=udp", "turn:a:2?transport=tcp", "turns:a:2?transport=tcp"}
	nodes := []bus.NodeInfo{{TURN: have}, {TURN: []string{"stun:b:1", "turn:b:1?transport=udp"}}, {TURN: []string{"stun:c:1"}}, {TURN: []string{"stun:d:1"}}, {}}
	for name, row := range map[string]struct {
		have  []string
		nodes []bus.NodeInfo
		want  []string
	}{
		"one node":    {have, nodes[:1], nil},
		"many":        {have, nodes, []string{"stun:b:1", "stun:c:1"}},
		"an external": {[]string{"turn:x:1?transport=udp", "turns:x:2?transport=tcp"}, nil, []string{"stun:x:1"}},
		"nobody":      {nil, nil, nil},
	} {
		if got := stunURLs(row.have, row.nodes); !slices.Equal(got, row.want) {
			t.Errorf("%s: got %q, want %q", name, got, row.want)
		}
	}
}
