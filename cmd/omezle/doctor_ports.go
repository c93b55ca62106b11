package main

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"time"

	"omezle/cmd/omezle/doctor"
	"omezle/models"
	"omezle/sfu/turn"
	"omezle/signaling/bus"
)

// examinePorts tells whether a node runs here.
func (s *settings) examinePorts(ctx context.Context, r *doctor.Report) bool {
	public := doctor.Port{Name: "public", Address: s.Listen, Path: "/api/config", Member: "version", Secure: s.secure(), Server: s.tlsName()}
	public.TURN = !s.has(roleSignaling) && s.has(roleTURN)
	public.Bare = !s.has(roleSignaling) && !s.has(roleTURN)
	running := public.Ask(ctx, r) == doctor.Us
	for _, address := range s.Port.ExtraListen {
		extra := public
		extra.Name, extra.Address = "extra", address
		extra.Ask(ctx, r)
	}
	if s.PrivateListen != "" {
		doctor.Port{Name: "private", Address: s.PrivateListen, Path: "/healthz", Member: "alive"}.Ask(ctx, r)
	}
	if s.has(roleTURN) {
		if s.TURN.ListenUDP != "" {
			doctor.UDPPort(ctx, r, "turn", s.TURN.ListenUDP)
		}
		local := ""
		if s.TURN.RelayIP.IsValid() {
			local = s.TURN.RelayIP.String()
		}
		doctor.RelayPorts(r, local, int(s.TURN.RelayMin), int(s.TURN.RelayMax), s.TURN.MaxAllocations)
	}
	return running
}

// secure tells whether the public port has a certificate.
func (s *settings) secure() bool { return s.TLS.Cert != "" || len(s.TLS.ACMEHosts) > 0 }

// tlsName is a name that the certificate is for, if one is known.
func (s *settings) tlsName() string {
	if len(s.TLS.ACMEHosts) > 0 {
		return s.TLS.ACMEHosts[0]
	}
	return s.TURN.Host
}

// examineSFU looks at this node's media server and at those of the others.
func (s *settings) examineSFU(ctx context.Context, r *doctor.Report, nodes []bus.Sighting, running bool) {
	alive := slices.DeleteFunc(slices.Clone(nodes), func(n bus.Sighting) bool { return n.Silent > s.Bus.DeadAfter })
	if s.has(roleSFU) {
		s.examineOwnSFU(ctx, r, alive, running)
	}
	doctor.MediaServers(r, alive, s.has(roleSFU))
}

func (s *settings) examineOwnSFU(ctx context.Context, r *doctor.Report, alive []bus.Sighting, running bool) {
	public, err := net.ResolveTCPAddr("tcp", s.Listen)
	if err != nil {
		return // told of as a setting, and as a port
	}
	told, err := s.SFU.Advertised(public)
	if err != nil {
		r.Area("sfu").Fail("advertise", err.Error(), "set sfu.listen to IP:PORT or :PORT, and sfu.advertise to addresses")
		return
	}
	server := doctor.MediaServer{Advertised: told, Public: public, Running: running, Alive: alive, Server: s.tlsName()}
	if running && s.has(roleSignaling) {
		server.API = localURL(public, s.secure())
	}
	server.Port(ctx, r)
	server.Addresses(r)
}

// examineTURN asks the servers that browsers get: the external one, this node's, or those of the other nodes.
func (s *settings) examineTURN(ctx context.Context, r *doctor.Report, nodes []bus.Sighting, running bool) {
	check := doctor.TURN{URLs: s.TURN.ExternalURLs, External: len(s.TURN.ExternalURLs) > 0, Allowed: s.TURN.AllowPeers, Internal: internalNames(ctx, s)}
	for _, node := range nodes {
		if !check.External {
			check.URLs = appendNew(check.URLs, node.TURN)
		}
	}
	if s.has(roleTURN) && len(check.URLs) == 0 {
		if !running {
			r.Area("turn").Skip("servers", "not looked at: no node runs here", "start it, then run this again")
			return
		}
		check.URLs = s.advertised()
	}
	s.judgePublicIP(r)
	key := []byte(s.Secret.Reveal())
	if len(key) == 0 && !check.External && len(check.URLs) > 0 {
		kept, err := readSecret(filepath.Join(s.DataDir, "secret.key"))
		if err != nil {
			r.Area("turn").Skip("servers", "not looked at: "+err.Error(), "set secret, or run this as the node's user")
			return
		}
		key = kept
	}
	issued := credentials(s, key)
	check.Issue = func() (string, string) { return issued.Issue(models.NewSessionID(), time.Now()) }
	check.Ask(ctx, r)
}

// advertised are the URLs that a node with these settings gives.
func (s *settings) advertised() []string {
	return s.TURN.URLs(portOf(s.TURN.ListenUDP), portOf(s.Listen), s.secure())
}

func portOf(address string) int {
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		return 0
	}
	port, err := net.LookupPort("tcp", text)
	if err != nil {
		return 0
	}
	return port
}

func appendNew(list, more []string) []string {
	for _, one := range more {
		if !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

// judgePublicIP says what of the advertised addresses no firewall can mend.
func (s *settings) judgePublicIP(r *doctor.Report) {
	if !s.has(roleTURN) {
		return
	}
	a := r.Area("turn")
	for _, ip := range s.TURN.PublicIP {
		if turn.Reachable(ip) {
			a.OK("public_ip", "%s is an address of the internet", ip)
		} else {
			a.Warn("public_ip", fmt.Sprintf("%s is no address of the internet: only visitors in the same network can relay", ip),
				"set turn.public_ip to the address at which the internet reaches this node")
		}
	}
}
