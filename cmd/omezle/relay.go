package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"omezle/models"
	"omezle/sfu/port"
	"omezle/sfu/turn"
	"omezle/signaling/bus"
	"omezle/signaling/protocol"
)

// relay is what a node knows of TURN: its own server, if it has the role, and how to make credentials for any.
type relay struct {
	credentials *turn.Credentials
	urls        atomic.Pointer[[]string] // of the own server, once it can be reached
	server      *turn.Server             // nil without the role
}

func (r *relay) allocations() int {
	if r.server == nil {
		return 0
	}
	return r.server.Allocations()
}

// credentials are those of the external server if there is one, and otherwise of a key that all nodes with the same
// secret derive.
func credentials(s *settings, key []byte) *turn.Credentials {
	if len(s.TURN.ExternalURLs) > 0 {
		return turn.NewCredentials([]byte(s.TURN.ExternalSecret.Reveal()), s.TURN.CredentialTTL)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("omezle turn credentials"))
	return turn.NewCredentials([]byte(hex.EncodeToString(mac.Sum(nil))), s.TURN.CredentialTTL)
}

// startTURN starts the embedded TURN server on its UDP port and on the public TCP port.
func (n *node) startTURN(ctx context.Context, parts *services, public *port.Port, secure bool) error {
	s, log := n.settings, n.log.With("node", n.id)
	internal, err := internalAddrs(ctx, s)
	if err != nil {
		return err
	}
	allowed := turn.NewPeers(s.TURN.Config, internal)
	allowed.Serve(n.mediaAddresses)
	n.relay.server, err = turn.Listen(ctx, s.TURN.Config, turn.Deps{
		Credentials: n.relay.credentials, Peers: allowed,
		Streams: public.Listener(port.TURN), Log: log, Metrics: turn.NewMetrics(n.private.metrics),
	})
	if err != nil {
		return err
	}
	n.private.gauge("omezle_turn_allocations", "Relays that there are.", func() float64 { return float64(n.relay.allocations()) })
	parts.start("turn", n.relay.server.Run)
	urls := s.TURN.URLs(n.relay.server.UDPPort(), tcpPort(public.Addr()), secure)
	n.relay.urls.Store(&urls)
	n.bus.Announce()
	log.Info("relaying", "urls", urls)
	for _, ip := range s.TURN.PublicIP {
		if !turn.Reachable(ip) {
			log.Warn("turn.public_ip is no address of the internet: only visitors in the same network can relay")
		}
	}
	if secure && s.TURN.Host == "" && s.TURN.TLSPort == 0 {
		log.Warn("turn.host is empty: TURN over TLS is not offered, since no certificate is for an address")
	}
	return nil
}

// iceServers is what a session's browser gets: the external TURN server, or one node's.
func (n *node) iceServers(session models.SessionID) []protocol.ICEServer {
	urls := n.settings.TURN.ExternalURLs
	if len(urls) == 0 {
		urls = turnURLs(n.bus.Nodes(), n.settings.Signaling.Region)
	}
	if len(urls) == 0 {
		return nil
	}
	username, password := n.relay.credentials.Issue(session, time.Now())
	return []protocol.ICEServer{{URLs: urls, Username: username, Credential: password}}
}

// turnURLs picks a node that relays: of the same region if there is one, not one that is about to stop unless it is
// the last. One is enough, and browsers grow slow with many.
func turnURLs(nodes []bus.NodeInfo, region string) []string {
	var able []bus.NodeInfo
	for _, node := range nodes {
		if len(node.TURN) > 0 {
			able = append(able, node)
		}
	}
	for _, better := range []func(bus.NodeInfo) bool{
		func(node bus.NodeInfo) bool { return !node.Draining },
		func(node bus.NodeInfo) bool { return node.Region == region },
	} {
		if slices.ContainsFunc(able, better) {
			able = slices.DeleteFunc(able, func(node bus.NodeInfo) bool { return !better(node) })
		}
	}
	if len(able) == 0 {
		return nil
	}
	return able[rand.IntN(len(able))].TURN
}

// internalAddrs are addresses that nobody may relay to: this machine's own, and those of the database and Redis.
func internalAddrs(ctx context.Context, s *settings) ([]netip.Addr, error) {
	addrs, err := turn.MachineAddrs()
	if err != nil {
		return nil, fmt.Errorf("addresses of this machine: %w", err)
	}
	for _, service := range []string{s.DatabaseURL.Reveal(), s.RedisURL.Reveal()} {
		addrs = append(addrs, addrsOf(ctx, service)...)
	}
	return addrs, nil
}

// addrsOf are the addresses of a service's hosts.
func addrsOf(ctx context.Context, service string) []netip.Addr {
	var addrs []netip.Addr
	for _, host := range hostsOf(service) {
		found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		if err != nil {
			continue // it is reached under this name by nobody else either
		}
		for _, addr := range found {
			addrs = append(addrs, addr.Unmap())
		}
	}
	return addrs
}

// hostsOf are the hosts of a service's URL, which may name several.
func hostsOf(service string) []string {
	_, rest, found := strings.Cut(service, "://")
	if !found {
		return nil
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	var hosts []string
	for host := range strings.SplitSeq(rest, ",") {
		if name := (&url.URL{Host: host}).Hostname(); name != "" {
			hosts = append(hosts, name)
		}
	}
	return hosts
}
