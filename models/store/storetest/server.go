package storetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5"

	"omezle/models"
)

// ErrNoPostgres is returned when PostgreSQL's programs are not installed; its
// text says how to install them.
var ErrNoPostgres = errors.New("storetest: PostgreSQL is not installed: apt-get install -y postgresql")

// Server is a PostgreSQL server of our own. Its methods are not safe for
// concurrent use, except CreateDatabase and URL.
type Server struct {
	bin  string // folder of the programs
	dir  string // everything of this server
	port int
	as   *syscall.Credential // nil: whoever we are
	stop io.Closer           // closing it lets the guard stop the server and remove dir
	exit func() error        // waits for the guard
}

// StartPostgres makes a server with its files in dir and starts it. An empty dir
// means a new temporary folder; another is made when missing, must be free of
// other things, and like the temporary one is removed by Close, or when the
// calling process ends. Durability is off: the data does not survive the machine.
func StartPostgres(dir string) (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin}
	if os.Geteuid() == 0 {
		if s.as, err = unprivileged(); err != nil {
			return nil, err
		}
	}
	if s.dir, err = makeDir(dir); err != nil {
		return nil, err
	}
	if s.as != nil {
		if err := os.Chown(s.dir, int(s.as.Uid), int(s.as.Gid)); err != nil {
			return nil, errors.Join(fmt.Errorf("storetest: %w", err), os.RemoveAll(s.dir))
		}
	}
	if err := s.guard(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	err = s.run("initdb", "-D", s.data(), "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
	if err == nil {
		err = s.startOnFreePort()
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Start starts a stopped server on the port it had, and returns when it answers.
func (s *Server) Start() error {
	// No fsync, no full pages, no waiting: nothing here is worth keeping.
	options := fmt.Sprintf("-F -c full_page_writes=off -c synchronous_commit=off -c max_connections=200 "+
		"-c listen_addresses=127.0.0.1 -c timezone=Europe/Madrid -p %d -k %s", s.port, s.dir)
	return s.run("pg_ctl", "start", "-w", "-t", "60", "-D", s.data(), "-l", filepath.Join(s.dir, "log"), "-o", options)
}

// Stop stops the server, breaking every connection, and returns when it is gone.
// Its data stays.
func (s *Server) Stop() error {
	return s.run("pg_ctl", "stop", "-w", "-t", "60", "-m", "fast", "-D", s.data())
}

// Close stops the server if it runs and removes its files.
func (s *Server) Close() error {
	if err := errors.Join(s.stop.Close(), s.exit()); err != nil {
		return fmt.Errorf("storetest: close: %w", err)
	}
	return nil
}

// URL names a database on this server. The database "postgres" always exists.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

// CreateDatabase makes an empty database and returns its URL.
func (s *Server) CreateDatabase(ctx context.Context) (string, error) {
	name, err := createDatabase(ctx, s.URL("postgres"))
	if err != nil {
		return "", err
	}
	return s.URL(name), nil
}

func createDatabase(ctx context.Context, url string) (name string, err error) {
	name = "omezle_test_" + string(models.NewNodeID())
	return name, execute(ctx, url, "CREATE DATABASE "+name)
}

func dropDatabase(ctx context.Context, url, name string) error {
	return execute(ctx, url, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
}

func execute(ctx context.Context, url, statement string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("storetest: %w", err)
	}
	_, err = conn.Exec(ctx, statement)
	if err = errors.Join(err, conn.Close(ctx)); err != nil {
		return fmt.Errorf("storetest: %s: %w", statement, err)
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// startOnFreePort tries again when somebody else takes the port between our
// asking for it and the server's opening it.
func (s *Server) startOnFreePort() error {
	var errs []error
	for range 5 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return fmt.Errorf("storetest: free port: %w", err)
		}
		s.port = listener.Addr().(*net.TCPAddr).Port
		if err := listener.Close(); err != nil {
			return fmt.Errorf("storetest: free port: %w", err)
		}
		if err = s.Start(); err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (s *Server) run(program string, args ...string) error {
	cmd := exec.Command(filepath.Join(s.bin, program), args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Setpgid: true}
	// A file rather than a pipe: the server inherits it, and a pipe would be
	// waited for until the server ends.
	out, err := os.CreateTemp(s.dir, "out-")
	if err != nil {
		return fmt.Errorf("storetest: %w", err)
	}
	defer func() { _ = os.Remove(out.Name()); _ = out.Close() }() // nothing to keep
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())                 // empty if it said nothing
		log, _ := os.ReadFile(filepath.Join(s.dir, "log")) // empty before the first start
		return fmt.Errorf("storetest: %s: %w\n%s%s", program, err, said, log[max(0, len(log)-2000):])
	}
	return nil
}

// guard starts a shell that waits for the end of its input, which comes when we
// close it or end, then stops the server and removes its files. It is in a process
// group of its own, out of reach of an interrupt from the terminal.
func (s *Server) guard() error {
	const script = `read -r _; if [ -f "$2/data/postmaster.pid" ]; then "$1/pg_ctl" stop -w -m immediate -D "$2/data" >/dev/null 2>&1; fi; rm -rf "$2"/*; rmdir "$2" 2>/dev/null; exit 0`
	cmd := exec.Command("/bin/sh", "-c", script, "guard", s.bin, s.dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Setpgid: true}
	input, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("storetest: guard: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("storetest: guard: %w", err)
	}
	s.stop = input
	s.exit = func() error { return errors.Join(cmd.Wait(), os.RemoveAll(s.dir)) }
	return nil
}

// programs finds the newest installed PostgreSQL.
func programs() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil { // a link to it has no pg_ctl beside it
			return filepath.Dir(path), nil
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", ErrNoPostgres
	}
	best, newest := "", -1
	for _, path := range found {
		version, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		if err == nil && version > newest {
			best, newest = filepath.Dir(path), version
		}
	}
	if best == "" {
		return "", ErrNoPostgres
	}
	return best, nil
}

func unprivileged() (*syscall.Credential, error) {
	account, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrNoPostgres, err)
	}
	uid, err1 := strconv.ParseUint(account.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(account.Gid, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("storetest: account postgres: %w", err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// makeDir returns an empty folder. Its name is short, since a socket in it may
// have no more than about 100 characters.
func makeDir(dir string) (string, error) {
	var err error
	if dir == "" {
		if dir, err = os.MkdirTemp("", "omezle-pg-"); err != nil {
			return "", fmt.Errorf("storetest: %w", err)
		}
		return dir, nil
	}
	if dir, err = filepath.Abs(dir); err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		return "", fmt.Errorf("storetest: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("%s is not empty", dir)
	}
	if err != nil {
		return "", fmt.Errorf("storetest: %w", err)
	}
	return dir, nil
}
