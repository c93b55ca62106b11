package main

import (
	"context"
	"net/netip"
	"sync"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"omezle/sfu/relay/udp"
)

// floor is what no relay can do without: receive, open, seal, send, in batches. It
// knows no ICE, no DTLS, no feedback, no repair, and both sides have one key.
type floor struct {
	socket *udp.Socket

	mu    sync.Mutex
	sides map[[2]int]*floorSide
	from  map[udp.Key]*floorSide
}

type floorSide struct {
	in, out *srtp.Context
	to      *udp.Address
	partner *floorSide
	header  rtp.Header
	plain   [udp.PacketSize]byte
}

func newFloor(ctx context.Context, running *sync.WaitGroup) (relay, error) {
	socket, err := udp.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		return nil, err
	}
	f := &floor{socket: socket, sides: map[[2]int]*floorSide{}, from: map[udp.Key]*floorSide{}}
	running.Go(func() {
		<-ctx.Done()
		_ = socket.Close()
	})
	running.Go(f.run)
	return f, nil
}

func (f *floor) run() {
	defer func() { _ = f.socket.Release() }()
	for {
		n, err := f.socket.Receive()
		if err != nil {
			return
		}
		f.mu.Lock()
		for i := range n {
			if s := f.from[f.socket.SourceKey(i)]; s != nil && s.partner != nil {
				s.pass(f.socket, f.socket.Packet(i))
			}
		}
		f.socket.Flush()
		f.mu.Unlock()
	}
}

func (s *floorSide) pass(socket *udp.Socket, packet []byte) {
	plain, err := s.in.DecryptRTP(s.plain[:0], packet, &s.header)
	if err != nil {
		return
	}
	sealed, err := s.partner.out.EncryptRTP(socket.Next(), plain, &s.header)
	if err != nil {
		return
	}
	socket.Queue(len(sealed), s.partner.to)
}

func (f *floor) join(_ context.Context, pair, side int, body string) (string, error) {
	at, err := netip.ParseAddrPort(body)
	if err != nil {
		return "", err
	}
	s := &floorSide{to: f.socket.Address(at)}
	key, salt := make([]byte, 16), make([]byte, 12)
	for _, c := range []**srtp.Context{&s.in, &s.out} {
		if *c, err = srtp.CreateContext(key, salt, srtp.ProtectionProfileAeadAes128Gcm); err != nil {
			return "", err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sides[[2]int{pair, side}] = s
	f.from[s.to.Key()] = s
	if partner := f.sides[[2]int{pair, 1 - side}]; partner != nil {
		s.partner, partner.partner = partner, s
	}
	return f.socket.Local().String(), nil
}
