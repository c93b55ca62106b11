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
	"time"

	"omezle/models"
	"omezle/sfu"
	"omezle/signaling/protocol"
)

// mediaSite is a site whose offers a real media server answers, on loopback, with or without ICE-TCP.
func mediaSite(t *testing.T, withTCP bool) *Site {
	t.Helper()
	site, _ := mediaNode(t, withTCP)
	return site
}

// mediaNode is mediaSite with its media server, which tells browsers these addresses, and what doctor knows of it.
func mediaNode(t *testing.T, withTCP bool, advertise ...string) (*Site, MediaServer) {
	t.Helper()
	config := sfu.DefaultConfig()
	config.Listen, config.Shards = "127.0.0.1:0", 1
	for _, text := range advertise {
		var at sfu.Address
		if err := at.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		config.Advertise = append(config.Advertise, at)
	}
	deps := sfu.Deps{Log: slog.New(slog.DiscardHandler)}
	var public *net.TCPAddr
	if withTCP {
		listener, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		deps.Streams = listener
		public, _ = listener.Addr().(*net.TCPAddr)
	}
	node, err := sfu.New(config, deps)
	if err != nil {
		t.Fatal(err)
	}
	config.Listen = node.Local().String()
	told, err := config.Advertised(public)
	if err != nil || withTCP == (public == nil) {
		t.Fatal(err, public)
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
	return &Site{url: at, client: newClient(nil)}, MediaServer{Advertised: told, Public: public, Running: true, API: server.URL}
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

func TestAMediaServerAtAnAddressThatIsNotItsOwnIsNotReachedThoughItCouldReachUs(t *testing.T) {
	wrong, _ := mediaNode(t, true, "127.0.0.1:9")
	all := func(answer string) (string, error) { return answer, nil }
	if _, err := wrong.connect(t.Context(), ways[1], all); err != nil {
		t.Errorf("by TCP: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // the server's checks would be here by then
	defer cancel()
	if took, err := wrong.connect(ctx, ways[0], all); err == nil {
		t.Errorf("connected in %v", took)
	}
}
