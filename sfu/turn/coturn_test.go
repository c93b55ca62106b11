package turn

import (
	"bytes"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"omezle/models"
)

// coturn runs Debian's turnserver with secret and returns its address.
func coturn(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("turnserver")
	if err != nil {
		t.Fatal("turnserver is not installed: apt-get install -y --no-install-recommends coturn")
	}
	taken, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := taken.LocalAddr().(*net.UDPAddr)
	taken.Close()
	dir := t.TempDir()
	var log bytes.Buffer
	server := exec.CommandContext(t.Context(), program, "-n", "--listening-ip", at.IP.String(), "--relay-ip", at.IP.String(),
		"--listening-port", strconv.Itoa(at.Port), "--min-port", "20000", "--max-port", "29999", "--realm", "coturn.example",
		"--use-auth-secret", "--static-auth-secret", string(secret), "--no-tls", "--no-dtls", "--no-cli", "--allow-loopback-peers",
		"--log-file", "stdout", "--simple-log", "--pidfile", dir+"/pid", "--userdb", dir+"/db")
	server.Dir, server.Stdout, server.Stderr = dir, &log, &log
	server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	server.WaitDelay = time.Second
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	t.Cleanup(func() {
		_ = server.Process.Kill()
		<-ended
		if t.Failed() {
			t.Log(log.String())
		}
	})
	for late := time.Now().Add(patience); ; {
		conn, err := net.Dial("tcp4", at.String())
		if err == nil {
			conn.Close()
			return at.String()
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("turnserver ended at its start: %v", err)
		case <-time.After(10 * time.Millisecond): // a poll
		}
		if time.Now().After(late) {
			t.Fatalf("turnserver does not answer: %v", err)
		}
	}
}

func TestDebiansCoturnTakesOurCredentials(t *testing.T) {
	server := coturn(t)
	allocate := func(as login) (net.PacketConn, error) {
		conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return dial(t, conn, server, as).Allocate()
	}
	credentials := NewCredentials(secret, 5*time.Minute)
	issue := func(c *Credentials, when time.Time) login {
		username, password := c.Issue(models.NewSessionID(), when)
		return login{username, password}
	}
	relay, err := allocate(issue(credentials, time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	if !strings.HasPrefix(relay.LocalAddr().String(), "127.0.0.1:2") {
		t.Errorf("the relay is at %v", relay.LocalAddr())
	}
	_, err = allocate(issue(credentials, time.Now().Add(-10*time.Minute)))
	refusedWith(t, "an expired one", err, "401")
	_, err = allocate(issue(NewCredentials([]byte("another"), time.Hour), time.Now()))
	refusedWith(t, "a foreign one", err, "401")
}
