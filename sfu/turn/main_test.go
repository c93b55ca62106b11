package turn

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/logging"
	pion "github.com/pion/turn/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"omezle/models"
	"omezle/sfu/port"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of these tests; none is expected to come near it.
const patience = 30 * time.Second

// elsewhere is a public address that no test machine has, so that what relays meet at is not reached by accident.
var elsewhere = netip.MustParseAddr("203.0.113.9")

// clock is a time that tests set.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) advance(d time.Duration) { c.ahead.Add(int64(d)) }

// fixture is a running Server with a public port in front of it.
type fixture struct {
	*Server
	clock   *clock
	port    *port.Port
	metrics *Metrics
}

func testConfig() Config {
	cfg := DefaultConfig()
	cfg.PublicIP, cfg.ListenUDP = []netip.Addr{elsewhere}, "127.0.0.1:0"
	return cfg
}

var secret = []byte("0123456789abcdef0123456789abcdef")

func start(t *testing.T, cfg Config) *fixture {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	registry := prometheus.NewRegistry()
	p, err := port.Listen(t.Context(), "127.0.0.1:0", port.DefaultConfig(), port.Deps{TLS: selfSigned(t), Log: log, Metrics: port.NewMetrics(registry)})
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{clock: &clock{}, port: p, metrics: NewMetrics(registry)}
	f.Server, err = Listen(t.Context(), cfg, Deps{
		Credentials: NewCredentials(secret, cfg.CredentialTTL), Peers: NewPeers(cfg, nil), Streams: p.Listener(port.TURN),
		Log: log, Metrics: f.metrics, Now: f.clock.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- f.Run(ctx) }()
	go func() { ended <- p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		for range cap(ended) {
			if err := <-ended; err != nil {
				t.Errorf("Run: %v", err)
			}
		}
		if n := f.Allocations(); n != 0 {
			t.Errorf("%d relays are left", n)
		}
	})
	return f
}

func selfSigned(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"turn.example"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// way is how a client is connected.
type way string

const (
	overUDP way = "UDP"
	overTCP way = "TCP"
	overTLS way = "TLS"
)

var ways = []way{overUDP, overTCP, overTLS}

// connect opens a client's socket from the address local, such as 127.0.0.2.
func (f *fixture) connect(t *testing.T, over way, local string) (conn net.PacketConn, server string) {
	t.Helper()
	if over == overUDP {
		conn, err := net.ListenPacket("udp4", local+":0")
		if err != nil {
			t.Fatal(err)
		}
		return conn, f.udp.LocalAddr().String()
	}
	dialer := net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: net.ParseIP(local)}}
	stream, err := dialer.DialContext(t.Context(), "tcp", f.port.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if over == overTLS {
		stream = tls.Client(stream, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // a test of what is inside
	}
	return pion.NewSTUNConn(stream), stream.RemoteAddr().String()
}

// login is a user name with its password.
type login struct{ username, password string }

func (f *fixture) login() login {
	username, password := f.Credentials.Issue(models.NewSessionID(), f.clock.now())
	return login{username, password}
}

// client is pion's TURN client, which is closed at the end of the test.
func (f *fixture) client(t *testing.T, over way, local string, as login) *pion.Client {
	t.Helper()
	conn, server := f.connect(t, over, local)
	return dial(t, conn, server, as)
}

func dial(t *testing.T, conn net.PacketConn, server string, as login) *pion.Client {
	t.Helper()
	quiet := logging.NewDefaultLoggerFactory()
	quiet.DefaultLogLevel = logging.LogLevelDisabled
	client, err := pion.NewClient(&pion.ClientConfig{
		STUNServerAddr: server, TURNServerAddr: server, Conn: conn, Username: as.username, Password: as.password, LoggerFactory: quiet,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Listen(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); conn.Close() })
	return client
}

// relay is an allocation of a client of its own.
func (f *fixture) relay(t *testing.T, over way) (net.PacketConn, *pion.Client) {
	t.Helper()
	client := f.client(t, over, "127.0.0.1", f.login())
	relay, err := client.Allocate()
	if err != nil {
		t.Fatalf("over %s: %v", over, err)
	}
	t.Cleanup(func() { relay.Close() })
	_ = relay.SetReadDeadline(time.Now().Add(patience))
	return relay, client
}

func (f *fixture) refusals(reason string) float64 {
	return testutil.ToFloat64(f.metrics.refused.WithLabelValues(reason))
}

// refusedWith fails unless err carries a STUN error code.
func refusedWith(t *testing.T, what string, err error, code string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), code) {
		t.Errorf("%s: got %v, want %s", what, err, code)
	}
}
