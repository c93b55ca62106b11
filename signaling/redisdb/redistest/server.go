//go:build unix

package redistest

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ErrNoServer says that redis-server is not installed, and how to get it.
var ErrNoServer = errors.New("redistest: redis-server is not installed: apt-get install -y redis-server")

// errEnded says that the process ended at its start, as it does when its port
// is taken.
var errEnded = errors.New("redistest: redis-server ended at its start")

const (
	startDeadline = 20 * time.Second
	// Ports come from below the range that the kernel gives to outgoing
	// connections, so that a stopped server finds its port free again.
	firstPort, lastPort = 12000, 31999
)

// Server is one redis-server process. Its methods are for one goroutine.
type Server struct {
	// Port is the port on 127.0.0.1; it stays the same over Stop and Start.
	Port int
	// Dir holds the log and what the server saves.
	Dir string

	args []string
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
}

// StartSingle starts a redis-server that keeps its files in dir, with further
// arguments as on its command line. By default it saves nothing, so Stop and
// Start bring it back empty; with "--appendonly", "yes" it keeps its data.
func StartSingle(dir string, args ...string) (*Server, error) {
	return startOn(dir, func(port int) []string {
		return append([]string{"--save", "", "--appendfsync", "no"}, args...)
	})
}

// startOn tries ports until one is free; args may depend on it.
func startOn(dir string, args func(port int) []string) (*Server, error) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		return nil, ErrNoServer
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("redistest: %w", err)
	}
	var err error
	for range 10 {
		port := freePort()
		s := &Server{Port: port, Dir: dir, args: args(port)}
		if err = s.Start(); err == nil {
			return s, nil
		}
		if !errors.Is(err, errEnded) { // the port is not to blame
			break
		}
	}
	return nil, err
}

// freePort returns a port that nobody listened on a moment ago.
func freePort() int {
	for {
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err == nil {
			_ = l.Close()
			return port
		}
	}
}

// Addr is host:port.
func (s *Server) Addr() string { return "127.0.0.1:" + strconv.Itoa(s.Port) }

// URL is what redisdb.Open takes.
func (s *Server) URL() string { return "redis://" + s.Addr() + "/0" }

// PID is the process id, for those who measure its CPU.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Start starts the process again after Stop, on the same port, and returns when
// it answers.
func (s *Server) Start() error {
	logFile := filepath.Join(s.Dir, "redis-"+strconv.Itoa(s.Port)+".log")
	args := s.args
	if len(args) > 0 && strings.HasSuffix(args[0], ".conf") { // a configuration file comes first
		args = append([]string{args[0], "--port", strconv.Itoa(s.Port)}, args[1:]...)
	} else {
		args = append([]string{"--port", strconv.Itoa(s.Port)}, args...)
	}
	args = append(args, "--bind", "127.0.0.1", "--dir", s.Dir, "--logfile", logFile)
	s.cmd = exec.Command("redis-server", args...)
	s.cmd.SysProcAttr = endWithParent()
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("redistest: start redis-server: %w", err)
	}
	s.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) {
		_ = cmd.Wait() // how it ended is in its log
		close(done)
	}(s.cmd, s.done)

	deadline := time.Now().Add(startDeadline)
	for {
		_, err := s.command("PING")
		select {
		case <-s.done: // somebody else may have answered on a port that was taken
			return fmt.Errorf("%w: %s", errEnded, lastLines(logFile))
		default:
		}
		if err == nil || strings.Contains(err.Error(), "NOAUTH") { // asking for a password is an answer
			return nil
		}
		if time.Now().After(deadline) {
			s.Stop()
			return fmt.Errorf("redistest: redis-server does not answer: %w", err)
		}
		pause()
	}
}

// Stop kills the process, as a crash would, and returns when it has ended.
func (s *Server) Stop() {
	_ = s.cmd.Process.Kill() // fails only when it has ended already
	<-s.done
}

// Pause freezes the process (SIGSTOP): connections stay open, nothing answers.
func (s *Server) Pause() error { return s.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume ends a Pause.
func (s *Server) Resume() error { return s.cmd.Process.Signal(syscall.SIGCONT) }

// command sends one inline command on a connection of its own and returns the
// first line of the reply, or the body of a bulk reply.
func (s *Server) command(line string) (string, error) {
	conn, err := net.DialTimeout("tcp", s.Addr(), time.Second)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := fmt.Fprintf(conn, "%s\r\n", line); err != nil {
		return "", err
	}
	r := bufio.NewReader(conn)
	head, err := r.ReadString('\n')
	if err != nil {
		return "", err
	}
	head = strings.TrimSpace(head)
	switch {
	case strings.HasPrefix(head, "-"):
		return "", fmt.Errorf("redistest: %s: %s", line, head[1:])
	case strings.HasPrefix(head, "$"):
		n, err := strconv.Atoi(head[1:])
		if err != nil || n < 0 {
			return "", err
		}
		body := make([]byte, n)
		for read := 0; read < n; {
			k, err := r.Read(body[read:])
			if err != nil {
				return "", err
			}
			read += k
		}
		return string(body), nil
	default:
		return strings.TrimLeft(head, "+:"), nil
	}
}

// eventually waits until the reply to an inline command contains every word.
func eventually(s *Server, line string, words ...string) error {
	deadline := time.Now().Add(3 * startDeadline)
	for {
		reply, err := s.command(line)
		missing := err != nil
		for _, w := range words {
			missing = missing || !strings.Contains(reply, w)
		}
		switch {
		case !missing:
			return nil
		case time.Now().Before(deadline):
			pause()
		case err != nil:
			return err
		default:
			return fmt.Errorf("redistest: %s: not all of %v in %q", line, words, reply)
		}
	}
}

// pause is the breath between two looks at a server that is on its way.
func pause() { time.Sleep(5 * time.Millisecond) }

func lastLines(file string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return "no log"
	}
	return string(b[max(0, len(b)-400):])
}
