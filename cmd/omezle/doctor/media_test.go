package doctor

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"omezle/models"
	"omezle/sfu"
	"omezle/signaling/protocol"
)

// mediaSite is a site whose offers a real media server answers, on loopback, with or without ICE-TCP.
func mediaSite(t *testing.T, withTCP bool) *Site {
	t.Helper()
	config := sfu.DefaultConfig()
	config.Listen = "127.0.0.1:0"
	deps := sfu.Deps{Log: slog.New(slog.DiscardHandler)}
	if withTCP {
		listener, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		deps.Streams = listener
	}
	node, err := sfu.New(config, deps)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- node.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var offer protocol.PreflightSDP
		_ = json.NewDecoder(r.Body).Decode(&offer)
		answer, err := node.Offer(r.Context(), models.NewPairID(), sfu.A, offer.SDP)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		_ = json.NewEncoder(w).Encode(protocol.PreflightSDP{SDP: answer})
	}))
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &Site{url: at, client: newClient(nil)}
}

func TestAMediaServerIsConnectedToByUDPAndByTCP(t *testing.T) {
	r := &Report{}
	mediaSite(t, true).Media(t.Context(), r, &protocol.Preflight{MediaServer: true})
	r.tells(t, OK, "media", "ice-udp", "connected and encrypted")
	r.tells(t, OK, "media", "ice-tcp", "connected and encrypted")
}

func TestAMediaServerThatLacksAWayIsToldOf(t *testing.T) {
	r := &Report{}
	mediaSite(t, false).Media(t.Context(), r, &protocol.Preflight{MediaServer: true})
	r.tells(t, OK, "media", "ice-udp", "connected")
	r.tells(t, Fail, "media", "ice-tcp", "names no address for tcp")
	r = &Report{}
	(&Site{}).Media(t.Context(), r, &protocol.Preflight{})
	r.tells(t, Skip, "media", "server", "none is offered")
}
