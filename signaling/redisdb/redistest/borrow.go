//go:build unix

package redistest

import (
	"context"
	"hash/fnv"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"omezle/signaling/redisdb"
)

// borrowed names the tests of this process that hold the configured server,
// so that one test may ask for it twice.
var borrowed sync.Map

// borrow gives the test its turn on the server at url, emptied. Processes
// take turns by a lock on a file: pub/sub channels cross databases, so sharing
// the server by database numbers would let tests hear one another.
func borrow(t testing.TB, url string) {
	t.Helper()
	if _, again := borrowed.LoadOrStore(t.Name(), true); again {
		return
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(url)) // a hash never fails to write
	name := "omezle-redistest-" + strconv.FormatUint(h.Sum64(), 36) + ".lock"
	f, err := os.OpenFile(filepath.Join(os.TempDir(), name), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		borrowed.Delete(t.Name())
		if err := f.Close(); err != nil { // closing gives the lock back
			t.Error(err)
		}
	})
	db, err := redisdb.Open(url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Client().FlushDB(context.Background()).Err(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
