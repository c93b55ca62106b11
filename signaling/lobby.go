package signaling

import (
	"container/list"
	"sync"
	"time"

	"omezle/signaling/socket"
)

// lobbyGrace is how long a socket may take to say hello without losing its place to a newcomer when the lobby is full.
const lobbyGrace = time.Second

// lobby holds the sockets that have not said hello yet, MaxPending of them at the most. When it is full, the one that has been
// there the longest makes room if its grace is over, and otherwise the newcomer is refused: sockets that say nothing
// keep nobody out, and a crowd that comes back all at once is served in its order. Safe for concurrent use.
type lobby struct {
	limit int

	mu      sync.Mutex // guards waiting
	waiting list.List  // of *guest, the oldest first
}

// guest is a place in the lobby. The socket comes after it, since a place is needed to open one.
type guest struct {
	since time.Time
	conn  *socket.Conn // nil while it is being opened; guarded by lobby.mu
	place *list.Element
}

// enter takes a place; nil when there is none. The caller leaves.
func (l *lobby) enter(now time.Time) *guest {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting.Len() >= l.limit {
		oldest := l.waiting.Front().Value.(*guest)
		if oldest.conn == nil || now.Sub(oldest.since) < lobbyGrace {
			return nil
		}
		l.waiting.Remove(oldest.place)
		oldest.place = nil
		oldest.conn.Abandon() // wakes its reader, which leaves
	}
	g := &guest{since: now}
	g.place = l.waiting.PushBack(g)
	return g
}

// opened notes the socket of a place.
func (l *lobby) opened(g *guest, conn *socket.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	g.conn = conn
}

// leave gives a place up, if it was not taken away.
func (l *lobby) leave(g *guest) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if g.place != nil {
		l.waiting.Remove(g.place)
		g.place = nil
	}
}

// size returns how many are in the lobby.
func (l *lobby) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waiting.Len()
}
