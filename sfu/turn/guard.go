package turn

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"omezle/models"
)

// guard knows who uses which credential and which allocations there are. It is safe for concurrent use.
type guard struct {
	now           func() time.Time
	maxPerSession int
	maxTotal      int

	mu          sync.Mutex // guards what follows
	owners      map[use]owner
	swept       time.Time
	allocations map[source]string // user names
	perSession  map[models.SessionID]int
	total       int // relay sockets; allocations may lag behind
}

// source is the client's side of an allocation.
type source struct {
	addr netip.AddrPort
	tcp  bool
}

// use is a credential over one way out of a client's network.
type use struct {
	username string
	ipv6     bool
	tcp      bool
}

type owner struct {
	addr    netip.Addr
	expires time.Time
}

const sweepInterval = time.Minute

func newGuard(cfg Config, now func() time.Time) *guard {
	return &guard{
		now: now, maxPerSession: cfg.MaxPerSession, maxTotal: cfg.MaxAllocations,
		owners: make(map[use]owner), allocations: make(map[source]string), perSession: make(map[models.SessionID]int),
	}
}

// sourceOf is false for what is neither UDP nor TCP.
func sourceOf(addr net.Addr) (source, bool) {
	switch a := addr.(type) {
	case *net.UDPAddr:
		return source{addr: unmap(a.AddrPort())}, true
	case *net.TCPAddr:
		return source{addr: unmap(a.AddrPort()), tcp: true}, true
	}
	return source{}, false
}

func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// admits decides on a user name whose password is still to be proved. fresh says that an allocation is asked for.
func (g *guard) admits(username string, from source, fresh bool) error {
	said, err := parse(username)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !fresh && g.allocations[from] == username && !said.check {
		return nil
	}
	if !g.now().Before(said.expires) {
		return ErrExpired
	}
	if held, ok := g.owners[useOf(username, from)]; ok && held.addr != place(from.addr.Addr()) {
		return ErrReused
	}
	return nil
}

// keep notes that who is at from has proved to know the password, and wants an allocation. It returns false when
// somebody at another address was first.
func (g *guard) keep(username string, from source) bool {
	said, err := parse(username)
	if err != nil {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sweep()
	key, addr := useOf(username, from), place(from.addr.Addr())
	if held, ok := g.owners[key]; ok {
		return held.addr == addr
	}
	if g.now().Before(said.expires) {
		g.owners[key] = owner{addr: addr, expires: said.expires}
	}
	return true
}

// sweep forgets expired credentials; the caller holds mu.
func (g *guard) sweep() {
	now := g.now()
	if now.Sub(g.swept) < sweepInterval {
		return
	}
	g.swept = now
	for key, held := range g.owners {
		if !now.Before(held.expires) {
			delete(g.owners, key)
		}
	}
}

func useOf(username string, from source) use {
	return use{username: username, ipv6: from.addr.Addr().Is6(), tcp: from.tcp}
}

// place is what one client has for itself: an IPv4 address, or the /64 of an IPv6 one, within which it may change.
func place(addr netip.Addr) netip.Addr {
	if addr.Is6() {
		return netip.PrefixFrom(addr, 64).Masked().Addr()
	}
	return addr
}

// room tells whether the session of a credential may have one more relay.
func (g *guard) room(username string) bool {
	said, err := parse(username)
	if err != nil {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.total < g.maxTotal && g.perSession[said.session] < g.maxPerSession
}

// acquire counts a relay until release; false when there is no room.
func (g *guard) acquire(username string) (release func(), ok bool) {
	said, err := parse(username)
	if err != nil {
		return nil, false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.total >= g.maxTotal || g.perSession[said.session] >= g.maxPerSession {
		return nil, false
	}
	g.total++
	g.perSession[said.session]++
	return sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.total--
		if g.perSession[said.session]--; g.perSession[said.session] == 0 {
			delete(g.perSession, said.session)
		}
	}), true
}

func (g *guard) created(from source, username string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.allocations[from] = username
}

func (g *guard) deleted(from source) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.allocations, from)
}

// reaches tells whether the allocation of a client may have peers. Those of a check have none.
func (g *guard) reaches(from source) bool {
	g.mu.Lock()
	username := g.allocations[from]
	g.mu.Unlock()
	said, err := parse(username)
	return err == nil && !said.check
}

// count is how many relays there are.
func (g *guard) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.total
}
