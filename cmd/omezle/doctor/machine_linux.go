package doctor

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	wantBuffer = 4 << 20 // bytes that the sockets of all visitors' media ask for
	leastFiles = 1024
)

// Machine looks at the limits of this machine and of this user. files is how many descriptors a full node has.
func Machine(r *Report, files int, media bool) {
	a := r.Area("machine")
	var limit syscall.Rlimit
	fix := fmt.Sprintf("raise it to %d or more: LimitNOFILE= in the systemd unit, --ulimit nofile= for Docker; or lower max_sessions", files)
	switch err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); {
	case err != nil:
		a.Warn("descriptors", err.Error(), "")
	case limit.Max < leastFiles:
		a.Fail("descriptors", fmt.Sprintf("this user may have %d; a full node has %d", limit.Max, files), fix)
	case limit.Max < uint64(max(0, files)):
		a.Warn("descriptors", fmt.Sprintf("this user may have %d; a full node has %d, and refuses visitors before", limit.Max, files), fix)
	default:
		a.OK("descriptors", "this user may have %d; a full node has %d", limit.Max, files)
	}
	if !media {
		return
	}
	buffers(a)
	segments(a)
}

// buffers says whether the kernel gives the sockets of relays what they ask for.
func buffers(a *Area) {
	for _, name := range []string{"rmem_max", "wmem_max"} {
		text, err := os.ReadFile("/proc/sys/net/core/" + name)
		if err != nil {
			a.Skip("net.core."+name, "not to be seen from here, as in most containers", "look on the host: sysctl net.core."+name)
			continue
		}
		n, _ := strconv.Atoi(strings.TrimSpace(string(text))) // the kernel wrote it
		if n < wantBuffer {
			a.Warn("net.core."+name, fmt.Sprintf("%d bytes: bursts of many calls overflow the UDP sockets, and packets are lost", n),
				fmt.Sprintf("sysctl -w net.core.%s=%d, and the same in /etc/sysctl.d", name, wantBuffer))
			continue
		}
		a.OK("net.core."+name, "%d bytes", n)
	}
}

// segments says whether the kernel sends many datagrams at once (UDP_SEGMENT, since Linux 4.18).
func segments(a *Area) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		a.Fail("udp", err.Error(), "a node that relays needs UDP sockets")
		return
	}
	defer conn.Close() //nolint:errcheck // nothing was sent
	raw, err := conn.SyscallConn()
	if err == nil {
		var refused error
		err = raw.Control(func(fd uintptr) { refused = unix.SetsockoptInt(int(fd), unix.IPPROTO_UDP, unix.UDP_SEGMENT, 1200) })
		if err == nil {
			err = refused
		}
	}
	if err != nil {
		a.Warn("gso", "the kernel does not send datagrams in batches ("+err.Error()+"): relaying costs a few percent more CPU", "Linux 4.18 or newer has it")
		return
	}
	a.OK("gso", "the kernel sends datagrams in batches")
}

func writable(dir string) bool { return unix.Access(dir, unix.W_OK) == nil }
