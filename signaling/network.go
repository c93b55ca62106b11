package signaling

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"omezle/models"
	"omezle/signaling/protocol"
)

// networks remembers in Redis which way worked for a network, so that the next call from it begins there. The key is
// a pseudonym of the prefix: without the secret nobody reads networks out of Redis. Safe for concurrent use.
type networks struct {
	rdb    redis.UniversalClient
	secret []byte
	ttl    time.Duration // 0: nothing is remembered
}

// IPv4 and IPv6 prefixes that are taken for one network.
const (
	networkBits4 = 24
	networkBits6 = 48
)

func (n *networks) key(addr netip.Addr) string {
	bits := networkBits4
	if addr = addr.Unmap(); addr.Is6() {
		bits = networkBits6
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return ""
	}
	mac := hmac.New(sha256.New, n.secret)
	mac.Write([]byte(prefix.String()))
	return "omezle:network:" + hex.EncodeToString(mac.Sum(nil)[:12])
}

// recall returns what is known; empty also if Redis is away.
func (n *networks) recall(ctx context.Context, addr netip.Addr) models.NetworkResult {
	key := n.key(addr)
	if n.ttl == 0 || key == "" {
		return ""
	}
	text, err := n.rdb.Get(ctx, key).Result()
	result := models.NetworkResult(text)
	if err != nil || !slices.Contains([]models.NetworkResult{models.NetworkDirect, models.NetworkRelay, models.NetworkServer}, result) {
		return ""
	}
	return result
}

func (n *networks) remember(ctx context.Context, addr netip.Addr, result models.NetworkResult) error {
	key := n.key(addr)
	if n.ttl == 0 || key == "" {
		return nil
	}
	return n.rdb.Set(ctx, key, string(result), n.ttl).Err()
}

// learnNetwork remembers what the way in use, which works, says of both visitors' networks. The media server says
// something only if nothing else did. The caller holds the leading session's mutex.
func (s *Server) learnNetwork(ses *session, p *pair) {
	l := p.media.lead
	result := models.NetworkDirect
	switch viaOf(l.via) {
	case protocol.ViaRelay:
		p.media.now.Relayed = true
		if result = models.NetworkRelay; p.media.now.RelayOnly {
			return // it was not asked for anything better
		}
	case protocol.ViaServer:
		if result = models.NetworkServer; !slices.Contains(l.failed, models.RouteP2P) {
			return
		}
	}
	addrs := []netip.Addr{ses.addr.Addr(), p.partner.Addr.Addr()}
	s.later(func() {
		ctx, cancel := background()
		defer cancel()
		for _, addr := range addrs {
			if err := s.networks.remember(ctx, addr, result); err != nil {
				s.Log.Debug("network not remembered", "err", err)
			}
		}
	})
}
