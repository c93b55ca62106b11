package socket

import (
	"context"
	"fmt"
	"os"
	"sync"
	"syscall"
)

// parkBatch is how many sockets one look at the poller wakes.
const parkBatch = 128

// Lot is where idle connections wait without a goroutine: an epoll instance (epoll(7)) of our own, one
// shot for each connection. What arrives starts a goroutine, which parks the connection again when it has read all.
// Safe for concurrent use.
type Lot struct {
	file *os.File // the epoll instance, itself waited for by Go's poller
	raw  syscall.RawConn

	mu     sync.Mutex
	parked map[uint64]*Conn // by the number in the event: a descriptor may be reused before its event is read
	next   uint64
}

// NewLot opens a lot; Run must be called for anything to leave it.
func NewLot() (*Lot, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("socket: open a lot: %w", os.NewSyscallError("epoll_create1", err))
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		_ = syscall.Close(fd)
		return nil, fmt.Errorf("socket: open a lot: %w", os.NewSyscallError("fcntl", err))
	}
	file := os.NewFile(uintptr(fd), "epoll")
	raw, err := file.SyscallConn()
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("socket: open a lot: %w", err)
	}
	return &Lot{file: file, raw: raw, parked: make(map[uint64]*Conn)}, nil
}

// Run wakes connections until ctx ends, and closes the lot. Connections that are still parked then are woken by their Close or Abandon.
func (l *Lot) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = l.file.Close() })
	defer stop()
	var events [parkBatch]syscall.EpollEvent
	for {
		n := 0
		err := l.raw.Read(func(fd uintptr) bool {
			var err error
			n, err = syscall.EpollWait(int(fd), events[:], 0)
			return n > 0 || (err != nil && err != syscall.EINTR)
		})
		if err != nil || n < 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("socket: lot: %w", err)
		}
		for _, event := range events[:n] {
			if conn := l.take(eventNumber(event)); conn != nil {
				conn.unpark()
			}
		}
	}
}

// park arms the descriptor of a connection. It returns false when that cannot be done: then the caller reads on.
func (l *Lot) park(c *Conn) bool {
	l.mu.Lock()
	l.next++
	number := l.next
	l.parked[number] = c
	l.mu.Unlock()
	c.space = number
	operation := syscall.EPOLL_CTL_MOD
	if !c.known {
		operation = syscall.EPOLL_CTL_ADD
		c.known = true
	}
	event := syscall.EpollEvent{
		Events: syscall.EPOLLIN | syscall.EPOLLRDHUP | syscall.EPOLLONESHOT,
		Fd:     int32(uint32(number)), Pad: int32(uint32(number >> 32)),
	}
	var err error
	controlErr := c.async.raw.Control(func(fd uintptr) {
		lotErr := l.raw.Control(func(lot uintptr) { err = syscall.EpollCtl(int(lot), operation, int(fd), &event) })
		if err == nil {
			err = lotErr
		}
	})
	if err != nil || controlErr != nil {
		l.take(number)
		return false
	}
	return true
}

// take removes a parked connection; nil when it has left already.
func (l *Lot) take(number uint64) *Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	conn := l.parked[number]
	delete(l.parked, number)
	return conn
}

func eventNumber(e syscall.EpollEvent) uint64 {
	return uint64(uint32(e.Fd)) | uint64(uint32(e.Pad))<<32
}
