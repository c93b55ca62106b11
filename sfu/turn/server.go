package turn

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/pion/stun/v4"
	pion "github.com/pion/turn/v5"
)

// Realm is the realm of the server (RFC 8489, 9.2): it names the service, not a host.
const Realm = "omezle"

// udpBuffer is asked for at the UDP socket that all clients share; the kernel gives what net.core allows.
const udpBuffer = 4 << 20 // bytes

// Deps are what a Server works with. All but Streams and Now are required.
type Deps struct {
	Credentials *Credentials
	Peers       *Peers
	// Streams gives the TCP and TLS connections that speak TURN; nil: UDP only.
	Streams net.Listener
	Log     *slog.Logger
	Metrics *Metrics
	// Now tells the time; nil: the clock.
	Now func() time.Time
}

// Server is the embedded TURN server.
type Server struct {
	Deps
	cfg     Config
	guard   *guard
	udp     *udpConn // nil without listen_udp
	streams *streams // nil without Streams
}

// Listen opens the UDP socket. Nothing is answered before Run.
func Listen(ctx context.Context, cfg Config, deps Deps) (*Server, error) {
	if err := errors.Join(cfg.Validate(), cfg.Ready()); err != nil {
		return nil, fmt.Errorf("turn: configuration: %w", err)
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	s := &Server{Deps: deps, cfg: cfg, guard: newGuard(cfg, deps.Now)}
	if cfg.ListenUDP == "" && deps.Streams == nil {
		return nil, errors.New("turn: listen_udp is empty and no TCP connections are handed over")
	}
	if cfg.ListenUDP != "" {
		var listen net.ListenConfig
		conn, err := listen.ListenPacket(ctx, "udp", cfg.ListenUDP)
		if err != nil {
			return nil, fmt.Errorf("turn: %w", err)
		}
		s.udp = &udpConn{UDPConn: conn.(*net.UDPConn), ended: make(chan struct{})}
		_ = s.udp.SetReadBuffer(udpBuffer)  // smaller ones only lose
		_ = s.udp.SetWriteBuffer(udpBuffer) // more under load
	}
	if deps.Streams != nil {
		s.streams = newStreams(deps.Streams, deps.Metrics)
	}
	return s, nil
}

// UDPPort is the port of the UDP socket; 0 without one.
func (s *Server) UDPPort() int {
	if s.udp == nil {
		return 0
	}
	return s.udp.LocalAddr().(*net.UDPAddr).Port
}

// Allocations is how many relays there are.
func (s *Server) Allocations() int { return s.guard.count() }

// Close closes the UDP socket of a Server that is not to Run.
func (s *Server) Close() error {
	if s.udp == nil {
		return nil
	}
	return s.udp.UDPConn.Close()
}

// Run serves until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	relays := newRelays(s.cfg, s.Peers, s.guard, s.Metrics)
	_, hasIPv6 := publicOf(s.cfg.PublicIP, false)
	config := pion.ServerConfig{
		Realm: Realm, AuthHandler: s.authenticate, QuotaHandler: s.quota, LoggerFactory: pionLog{s.Log},
		StrictAddressFamily: !hasIPv6, // clients on IPv6 that name no family get what there is
		EventHandler: pion.EventHandler{
			OnAuth:              s.onAuth,
			OnAllocationCreated: s.onCreated,
			OnAllocationDeleted: s.onDeleted,
		},
	}
	if s.udp != nil {
		config.PacketConnConfigs = []pion.PacketConnConfig{{PacketConn: s.udp, RelayAddressGenerator: relays, PermissionHandler: s.permit}}
	}
	if s.streams != nil {
		config.ListenerConfigs = []pion.ListenerConfig{{Listener: s.streams, RelayAddressGenerator: relays, PermissionHandler: s.permit}}
	}
	if _, err := pion.NewServer(config); err != nil {
		return errors.Join(fmt.Errorf("turn: %w", err), s.Close())
	}
	<-ctx.Done()
	var err error
	if s.udp != nil {
		err = s.udp.Close()
		<-s.udp.ended
	}
	if s.streams != nil {
		s.streams.closeAll()
	}
	relays.closeAll()
	return err
}

// authenticate is asked for the key of a user name; pion compares.
func (s *Server) authenticate(request *pion.RequestAttributes) (userID string, key []byte, ok bool) {
	from, ok := sourceOf(request.SrcAddr)
	if !ok || request.Realm != Realm {
		return "", nil, false
	}
	if err := s.guard.admits(request.Username, from, request.Method == stun.MethodAllocate); err != nil {
		s.Metrics.refused.WithLabelValues(reason(err)).Inc()
		return "", nil, false
	}
	return request.Username, pion.GenerateAuthKey(request.Username, Realm, s.Credentials.password(request.Username)), true
}

func reason(err error) string {
	switch {
	case errors.Is(err, ErrExpired):
		return refusedExpired
	case errors.Is(err, ErrReused):
		return refusedReused
	}
	return refusedForeign
}

func (s *Server) onAuth(_, _ net.Addr, _, _, _, _ string, verdict bool) {
	if !verdict { // the password is not what the secret makes
		s.Metrics.refused.WithLabelValues(refusedForeign).Inc()
	}
}

// quota is asked once the password of somebody who wants an allocation was right.
func (s *Server) quota(username, _ string, addr net.Addr) bool {
	from, ok := sourceOf(addr)
	if !ok || !s.guard.keep(username, from) {
		s.Metrics.refused.WithLabelValues(refusedReused).Inc()
		return false
	}
	if !s.guard.room(username) {
		s.Metrics.refused.WithLabelValues(refusedQuota).Inc()
		return false
	}
	return true
}

// permit is asked for each permission and channel.
func (s *Server) permit(client net.Addr, peer net.IP) bool {
	from, ok := sourceOf(client)
	addr, valid := netip.AddrFromSlice(peer)
	if ok = ok && valid && s.guard.reaches(from) && s.Peers.Addr(addr); !ok {
		s.Metrics.refused.WithLabelValues(refusedPeer).Inc()
	}
	return ok
}

func (s *Server) onCreated(addr, _ net.Addr, _, username, _ string, _ net.Addr, _ int) {
	from, ok := sourceOf(addr)
	if !ok {
		return
	}
	s.guard.created(from, username)
	transport := "udp"
	if from.tcp {
		transport = "tcp"
		s.streams.settle(from)
	}
	s.Metrics.allocations.WithLabelValues(transport).Inc()
}

func (s *Server) onDeleted(addr, _ net.Addr, _, _, _ string) {
	if from, ok := sourceOf(addr); ok {
		s.guard.deleted(from)
	}
}

// udpConn tells when pion's reader of it has ended.
type udpConn struct {
	*net.UDPConn
	ended chan struct{}
}

// ReadFrom implements net.PacketConn. An error ends pion's reader, so errors that pass are not told: an ICMP message
// about one client is none about the others.
func (c *udpConn) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.ReadFromUDPAddrPort(p)
		if err == nil {
			return n, net.UDPAddrFromAddrPort(unmap(from)), nil
		}
		if errors.Is(err, net.ErrClosed) {
			close(c.ended)
			return 0, nil, err
		}
	}
}
