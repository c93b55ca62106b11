package pdq_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"omezle/models"
	"omezle/models/store"
	"omezle/models/store/storetest"
	"omezle/moderation/pdq"
)

var quiet = slog.New(slog.DiscardHandler)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// flip is a hash with its first n bits changed.
func flip(h pdq.Hash, n int) pdq.Hash {
	for i := range n {
		h[i/8] ^= 1 << (i % 8)
	}
	return h
}

func row(h pdq.Hash, quality int, label string) models.Hash {
	return models.Hash{PDQ: h[:], Quality: quality, Label: label}
}

// running runs banks until the test ends.
func running(t *testing.T, s pdq.Store) *pdq.Banks {
	t.Helper()
	banks := pdq.NewBanks(s, quiet)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- banks.Run(ctx) }()
	t.Cleanup(func() { stop(); must(t, <-ended) })
	return banks
}

func TestBanksFindWhatIsNear(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		known, other := parse(t, hashA), parse(t, hashB)
		_, err := s.ImportHashes(t.Context(), models.HashBank{Name: "own", At: time.Now()}, []models.Hash{
			row(flip(known, 31), 50, "far"), row(known, 100, "same"), row(flip(known, 4), 49, "poor"), row(other, 100, "other"),
		}, pdq.MaxHashes)
		must(t, err)
		banks := pdq.NewBanks(s, quiet)
		must(t, banks.Load(t.Context()))
		got := banks.Match(known[:], 50)
		if len(got) != 2 || got[0] != (pdq.Match{Bank: "own", Label: "same", Hash: hashA}) || got[1].Label != "far" || got[1].Distance != 31 {
			t.Errorf("matches %+v", got)
		}
		if got := banks.Match(known[:], 49); got != nil {
			t.Errorf("a poor picture matches %+v", got)
		}
		far := flip(known, 63)
		if got := banks.Match(far[:], 100); got != nil {
			t.Errorf("32 bits away: %+v", got)
		}
		if got := banks.Match(nil, 100); got != nil {
			t.Errorf("no hash matches %+v", got)
		}
	})
}

// shelf is a store in memory, for the clock of synctest.
type shelf struct {
	mu      sync.Mutex
	version int
	hashes  []models.Hash
	err     error
	loads   int
}

func (s *shelf) HashesVersion(context.Context) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version, s.err
}

func (s *shelf) Hashes(context.Context, string, models.Hash, int) ([]models.Hash, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loads++
	return s.hashes, s.err
}

func (s *shelf) set(version int, err error, hashes ...models.Hash) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version, s.err, s.hashes = version, err, hashes
}

func TestAChangeIsKnownWithinFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		banks := running(t, s)
		after := func(d time.Duration) int {
			time.Sleep(d)
			synctest.Wait()
			return banks.Index().Len()
		}
		after(0)
		s.set(1, nil, row(parse(t, hashA), 100, ""))
		if n := after(5 * time.Second); n != 1 {
			t.Errorf("%d hashes", n)
		}
		after(time.Minute)
		s.mu.Lock()
		if s.loads != 2 {
			t.Errorf("loaded %d times", s.loads)
		}
		s.mu.Unlock()
		s.set(2, context.DeadlineExceeded)
		if after(time.Minute) != 1 {
			t.Error("an outage has emptied the banks")
		}
		s.set(2, nil)
		banks.Reload()
		if after(0) != 0 {
			t.Error("a reload has not looked")
		}
	})
}

// past is stills as the database lists them.
type past []models.Evidence

func (p past) HashedEvidence(context.Context, int) ([]models.Evidence, error) { return p, nil }

func TestRepeatsAreFoundAmongStills(t *testing.T) {
	known := parse(t, hashA)
	still := func(flag string, h pdq.Hash, quality int) models.Evidence {
		return models.Evidence{ID: models.EvidenceID("e" + flag), Flag: models.FlagID(flag), PDQ: h[:], Quality: quality}
	}
	got, err := pdq.FindSimilar(t.Context(), past{
		still("far", flip(known, 20), 90), still("mine", known, 90), still("near", flip(known, 2), 90), still("poor", known, 10),
		still("other", parse(t, hashB), 90),
	}, known, 90, "mine")
	must(t, err)
	if len(got) != 2 || got[0] != (pdq.Similar{Evidence: "enear", Flag: "near", Distance: 2}) || got[1].Flag != "far" {
		t.Errorf("similar %+v", got)
	}
}

func BenchmarkMatch(b *testing.B) {
	for _, n := range []int{10_000, 1_000_000} {
		random := rand.New(rand.NewPCG(1, 2))
		hashes := make([]models.Hash, n)
		var h pdq.Hash
		for i := range hashes {
			for j := range h {
				h[j] = byte(random.Uint32())
			}
			hashes[i] = row(h, 100, "label "+strconv.Itoa(i%100))
			hashes[i].PDQ = append([]byte(nil), h[:]...)
		}
		index := pdq.NewIndex(hashes)
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			for b.Loop() {
				index.Match(h, 100)
			}
		})
	}
}
