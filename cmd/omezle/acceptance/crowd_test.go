package acceptance

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"omezle/cmd/omezle/acceptance/stage"
	"omezle/models"
	"omezle/signaling/protocol"
)

const (
	crowdNodes     = 3
	crowdBlocked   = 100 // couples of whom one blocked the other on an earlier visit
	crowdTwoTabs   = 100 // visitors with a second tab: the same device twice
	crowdPace      = 400 // presses of "next" a second
	crowdPressing  = 8 * time.Second
	crowdPatience  = 60 * time.Second
	crowdBatch     = 250 // visitors who connect at once
	crowdBlockRate = 20  // one of so many presses blocks the partner before
)

// crowdSize is how many visitors there are; OMEZLE_TEST_CROWD changes it.
func crowdSize(t *testing.T) int {
	t.Helper()
	text := os.Getenv("OMEZLE_TEST_CROWD")
	if text == "" {
		return defaultCrowd
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1000 {
		t.Fatalf("OMEZLE_TEST_CROWD: %q is not a number of 1000 or more", text)
	}
	return n
}

// ledger watches who meets whom.
type ledger struct {
	mu      sync.Mutex
	members map[models.PairID][]*stage.Guest
	device  map[*stage.Guest]int // equal for the tabs of one browser
	blocked map[[2]int]struct{}  // devices, the smaller first
	// welcomed is what a guest's newest socket began with, if that was a pair: no match, but one that goes on.
	welcomed map[*stage.Guest]*protocol.Matched
	wrong    []string
	matches  int
}

func newLedger() *ledger {
	return &ledger{
		members: make(map[models.PairID][]*stage.Guest), device: make(map[*stage.Guest]int),
		blocked: make(map[[2]int]struct{}), welcomed: make(map[*stage.Guest]*protocol.Matched),
	}
}

func (l *ledger) watch(g *stage.Guest, message protocol.Validator) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if welcome, ok := message.(*protocol.Welcome); ok {
		l.welcomed[g] = welcome.Pair
		return
	}
	m, ok := message.(*protocol.Matched)
	if !ok || m == l.welcomed[g] && slices.Contains(l.members[m.Pair], g) {
		return // of the pair that they were in before, as the record of a node that was killed has it
	}
	for _, other := range l.members[m.Pair] {
		switch {
		case other == g:
			l.note("guest %d was told of pair %s twice", g.Number, m.Pair)
		case l.device[other] == l.device[g]:
			l.note("guests %d and %d of one device met in %s", other.Number, g.Number, m.Pair)
		case l.isBlocked(other, g):
			l.note("guests %d and %d met in %s though one blocked the other", other.Number, g.Number, m.Pair)
		}
		l.matches++
	}
	l.members[m.Pair] = append(l.members[m.Pair], g)
	if len(l.members[m.Pair]) > 2 {
		l.note("%d guests are in pair %s", len(l.members[m.Pair]), m.Pair)
	}
}

func (l *ledger) note(format string, args ...any) {
	if len(l.wrong) < 10 {
		l.wrong = append(l.wrong, fmt.Sprintf(format, args...))
	}
}

func (l *ledger) isBlocked(a, b *stage.Guest) bool {
	_, yes := l.blocked[l.key(a, b)]
	return yes
}

func (l *ledger) key(a, b *stage.Guest) [2]int {
	x, y := l.device[a], l.device[b]
	return [2]int{min(x, y), max(x, y)}
}

// block notes that a blocks the partner, from before the server knows on: the pair is on, so that the
// two cannot meet in between. It returns false when the partner is not known.
func (l *ledger) block(a *stage.Guest) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	members := l.members[a.Pair()]
	if len(members) != 2 {
		return false
	}
	l.blocked[l.key(members[0], members[1])] = struct{}{}
	return true
}

// partner returns with whom g is in a pair, nil if nobody is.
func (l *ledger) partner(g *stage.Guest) *stage.Guest {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, other := range l.members[g.Pair()] {
		if other != g {
			return other
		}
	}
	return nil
}

func TestTenThousandVisitorsOnThreeNodesArePairedRightlyThoughOneNodeIsKilled(t *testing.T) {
	size := crowdSize(t)
	shared := stores(t)
	nodes := make([]*stage.Node, crowdNodes)
	for i := range nodes {
		nodes[i] = stage.Start(t, shared)
	}
	devices := blockedDevices(t, nodes[0])
	crowd := stage.NewCrowd(t)
	book := newLedger()
	invite := func(number, device int, token string) {
		var g *stage.Guest
		book.mu.Lock() // before the guest can be matched
		g = crowd.Invite(urls(number%crowdNodes, nodes...), token, book.watch)
		book.device[g] = device
		book.mu.Unlock()
	}
	began := time.Now()
	for i := range size {
		switch {
		case i < len(devices): // couples with a block between them, who share an interest of their own
			if i%2 == 1 {
				book.blocked[[2]int{i - 1, i}] = struct{}{}
			}
			invite(i, i, devices[i])
		case i < len(devices)+crowdTwoTabs: // the second tab of one of them
			invite(i, i-len(devices), devices[i-len(devices)])
		default:
			invite(i, i, "")
		}
		if len(crowd.Guests())%crowdBatch == 0 || i == size-1 {
			connected(t, crowd.Guests())
		}
	}
	guests := crowd.Guests()
	t.Logf("%d visitors connected in %v", len(guests), time.Since(began).Round(time.Millisecond))

	for i, g := range guests {
		g.Find(want(i, len(devices)))
	}
	everybodyPaired(t, guests, book)
	t.Logf("all who can are paired after %v, %d matches", time.Since(began).Round(time.Millisecond), book.matched())

	press(guests, book, crowdPressing)
	nodes[2].Kill()
	press(guests, book, crowdPressing)
	connected(t, guests)
	everybodyPaired(t, guests, book)
	book.mu.Lock()
	wrong, blocks := book.wrong, len(book.blocked)
	book.mu.Unlock()
	t.Logf("at the end %d matches were made, %d devices are blocked, %v after the first connected", book.matched(), blocks, time.Since(began).Round(time.Millisecond))
	for _, text := range wrong {
		t.Error(text)
	}
	everybodyTalks(t, guests, book)
	blameless(t, guests)
}

func (l *ledger) matched() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.matches
}

// want is what the i-th visitor looks for. Those with a block between them share a rare interest, so that they would meet first but for the block.
func want(i, blocked int) protocol.Find {
	switch {
	case i < blocked:
		return stage.Text(fmt.Sprintf("rare %d", i/2))
	case i%5 == 0:
		return protocol.Find{Mode: models.ModeVideo, Language: []string{"", "en", "es"}[i%3]}
	case i%3 == 0:
		return stage.Text([]string{"tea", "chess", "sailing", "go", "jazz"}[i%5])
	}
	return stage.Text()
}

// blockedDevices lets couples meet once, one of each blocks the other, and returns their device tokens, the two of a couple beside one another.
func blockedDevices(t *testing.T, node *stage.Node) []string {
	t.Helper()
	crowd := stage.NewCrowd(t)
	defer crowd.Disperse()
	var done sync.WaitGroup
	watch := func(_ *stage.Guest, m protocol.Validator) {
		if _, ok := m.(*protocol.Done); ok {
			done.Done()
		}
	}
	var couples [][2]*stage.Guest
	for range crowdBlocked {
		couples = append(couples, [2]*stage.Guest{crowd.Invite(urls(0, node), "", watch), crowd.Invite(urls(0, node), "", watch)})
	}
	connected(t, crowd.Guests())
	couple(t, couples)
	var tokens []string
	for i, pair := range couples {
		done.Add(1)
		if _, err := pair[i%2].Block(); err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, pair[0].Where().Device, pair[1].Where().Device)
	}
	done.Wait()
	for _, g := range crowd.Guests() {
		g.Bye()
	}
	return tokens
}

// press lets visitors press "next" at random, some of them "block" and "next", and look again when their partner did. Then all look.
func press(guests []*stage.Guest, book *ledger, window time.Duration) {
	pace := time.NewTicker(time.Second / crowdPace)
	defer pace.Stop()
	over := time.After(window)
	for i := 0; ; i++ {
		select {
		case <-over:
			return
		case <-pace.C:
		}
		g := guests[rand.IntN(len(guests))]
		if g.Pair() != "" && i%crowdBlockRate == 0 && book.block(g) {
			_, _ = g.Block() // a pair that just ended can be blocked as well
			continue
		}
		_ = g.Leave(true) // nobody to leave: the partner was faster
		look(guests[rand.IntN(len(guests))])
	}
}

// look lets a guest who does nothing look for somebody.
func look(g *stage.Guest) {
	if w := g.Where(); w.Connected && w.State == protocol.StateIdle {
		g.Find(want(g.Number, 2*crowdBlocked))
	}
}

// everybodyPaired lets idle visitors look again until nobody waits who could be paired: at most one is left in
// each mode, or some of whom each blocked each, or shares the device with each.
func everybodyPaired(t *testing.T, guests []*stage.Guest, book *ledger) {
	t.Helper()
	var left []*stage.Guest
	stage.Eventually(t, crowdPatience, func() bool {
		left = left[:0]
		for _, g := range guests {
			look(g)
			if g.Pair() == "" {
				left = append(left, g)
			}
		}
		return len(left) < 10 && !couldMatch(left, book) && mutual(guests, book)
	}, func() string {
		return fmt.Sprintf("%d visitors are left, %d of them waiting, such as %+v", len(left), stage.Count(left, waiting), left[0].Where())
	})
	t.Logf("%d visitors are left without a partner, none of whom can be matched", len(left))
}

func couldMatch(left []*stage.Guest, book *ledger) bool {
	book.mu.Lock()
	defer book.mu.Unlock()
	for i, a := range left {
		for _, b := range left[i+1:] {
			if want(a.Number, 2*crowdBlocked).Mode == want(b.Number, 2*crowdBlocked).Mode && book.device[a] != book.device[b] && !book.isBlocked(a, b) {
				return true
			}
		}
	}
	return false
}

// mutual reports whether everybody's partner is in the same pair.
func mutual(guests []*stage.Guest, book *ledger) bool {
	for _, g := range guests {
		if pair := g.Pair(); pair != "" {
			if p := book.partner(g); p == nil || p.Pair() != pair {
				return false
			}
		}
	}
	return true
}

// everybodyTalks lets all say one thing and waits until all have heard it.
func everybodyTalks(t *testing.T, guests []*stage.Guest, book *ledger) {
	t.Helper()
	var paired []*stage.Guest
	for _, g := range guests {
		if g.Say() == nil {
			paired = append(paired, g)
		}
	}
	deaf := func(g *stage.Guest) bool { _, n := g.Talked(); return n == 0 }
	stage.Eventually(t, patience, func() bool { return stage.Count(paired, deaf) == 0 }, func() string {
		return fmt.Sprintf("%d of %d paired visitors cannot hear their partner", stage.Count(paired, deaf), len(paired))
	})
	for _, g := range paired {
		if book.partner(g) == nil {
			t.Errorf("guest %d talks to nobody known", g.Number)
		}
	}
}
