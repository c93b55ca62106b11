package doctor

import (
	"context"
	"crypto/tls"
	"net"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"
)

// allocate makes a relay with a new credential.
func (t TURN) allocate(ctx context.Context, server iceServer) (*allocation, error) {
	conn, at, err := t.connect(ctx, server)
	if err != nil {
		return nil, err
	}
	username, password := t.Issue()
	client, err := client(conn, at, username, password)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	relay, err := client.AllocateWithContext(ctx)
	if err != nil {
		client.Close()
		_ = conn.Close()
		return nil, err
	}
	return &allocation{client: client, password: password, conn: conn, relay: relay}, nil
}

// connect opens the way to a server, and says at which address that is.
func (t TURN) connect(ctx context.Context, server iceServer) (conn net.PacketConn, at string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if server.network == "udp" {
		return packets(ctx, server.at)
	}
	var stream net.Conn
	if server.scheme == "turns" {
		dialer := tls.Dialer{Config: &tls.Config{RootCAs: t.Roots, ServerName: server.host}}
		stream, err = dialer.DialContext(ctx, "tcp", server.at)
	} else {
		var dialer net.Dialer
		stream, err = dialer.DialContext(ctx, "tcp", server.at)
	}
	if err != nil {
		return nil, "", err
	}
	return turn.NewSTUNConn(stream), stream.RemoteAddr().String(), nil
}

// packets opens a UDP socket of the family in which at is.
func packets(ctx context.Context, at string) (net.PacketConn, string, error) {
	to, err := net.ResolveUDPAddr("udp", at)
	if err != nil {
		return nil, "", err
	}
	network := "udp6"
	if to.IP.To4() != nil {
		network = "udp4"
	}
	var listen net.ListenConfig
	conn, err := listen.ListenPacket(ctx, network, ":0")
	return conn, to.String(), err
}

// client is pion's, with nothing to say.
func client(conn net.PacketConn, at, username, password string) (*turn.Client, error) {
	quiet := logging.NewDefaultLoggerFactory()
	quiet.DefaultLogLevel = logging.LogLevelDisabled
	c, err := turn.NewClient(&turn.ClientConfig{STUNServerAddr: at, TURNServerAddr: at, Conn: conn, Username: username, Password: password, LoggerFactory: quiet})
	if err != nil {
		return nil, err
	}
	if err := c.Listen(); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// binding asks a STUN server for the address it sees.
func binding(ctx context.Context, network, at string) (string, error) {
	var conn net.PacketConn
	var err error
	if network == "udp" {
		conn, at, err = packets(ctx, at)
	} else {
		conn, at, err = TURN{}.connect(ctx, iceServer{scheme: "turn", network: "tcp", at: at})
	}
	if err != nil {
		return "", err
	}
	defer conn.Close() //nolint:errcheck // only asked
	c, err := client(conn, at, "", "")
	if err != nil {
		return "", err
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, c.Close) // ends the wait
	defer stop()
	seen, err := c.SendBindingRequest()
	if err != nil {
		return "", err
	}
	return seen.String(), nil
}
