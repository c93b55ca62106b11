package frame

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"omezle/models"
)

// Config is how densely relayed pictures are looked at, and what that may cost.
type Config struct {
	Dense  time.Duration `help:"between two looks at a picture: at the start, after suspicion, and by the plan dense"`
	Normal time.Duration `help:"between two looks by the plan normal"`
	Sparse time.Duration `help:"between two looks by the plan sparse"`

	JitterPercent   int `unit:"%" help:"how far each of these times is lengthened or shortened at random, so that nobody can time it"`
	SurprisePercent int `unit:"%" help:"how many looks come at any earlier moment, so that none is safe"`

	DenseStart time.Duration `help:"how long a picture is looked at densely at the start"`
	DenseAfter time.Duration `help:"how long after a suspicious frame"`
	Confirm    time.Duration `help:"how soon after a suspicious frame the next look is, until the rules have decided"`

	BudgetPercent int           `unit:"%" help:"how much of what a visitor sends may be keyframes that were asked for, in the long run"`
	Overdraft     int           `unit:"bytes" help:"keyframes that may be asked for in advance of that, four times as much after a suspicious frame"`
	Blind         time.Duration `help:"how long a picture may go without a look for the sake of that"`

	MinSpread int           `unit:"steps of 255" help:"how much the lighter parts of a picture differ from the darker ones; below that nothing is made of it"`
	Workers   int           `unit:"frames" help:"judged at the same time in this process; 0: one fewer than there are cores, at least one"`
	Queue     int           `unit:"frames" help:"that wait to be judged; when full the oldest goes unjudged"`
	Stale     time.Duration `help:"how long a frame may wait; an older one goes unjudged"`
}

// DefaultConfig returns the settings of a node that nobody configured.
func DefaultConfig() Config {
	return Config{
		Dense: time.Second, Normal: 4 * time.Second, Sparse: 15 * time.Second,
		JitterPercent: 40, SurprisePercent: 10,
		DenseStart: 10 * time.Second, DenseAfter: 30 * time.Second, Confirm: 500 * time.Millisecond,
		BudgetPercent: 5, Overdraft: 48 << 10, Blind: 20 * time.Second,
		MinSpread: 20, Queue: 256, Stale: 2 * time.Second,
	}
}

const (
	maxWorkers = 256
	maxQueue   = 4096
)

// Validate returns every problem, joined.
func (c Config) Validate() error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf("frame: "+format, args...)) }
	for _, d := range []struct {
		name       string
		value      time.Duration
		least, top time.Duration
	}{
		{"dense", c.Dense, 100 * time.Millisecond, time.Minute},
		{"normal", c.Normal, 100 * time.Millisecond, 10 * time.Minute},
		{"sparse", c.Sparse, 100 * time.Millisecond, time.Hour},
		{"confirm", c.Confirm, 50 * time.Millisecond, time.Minute},
		{"dense_start", c.DenseStart, 0, time.Hour},
		{"dense_after", c.DenseAfter, 0, time.Hour},
		{"blind", c.Blind, time.Second, time.Hour},
		{"stale", c.Stale, 100 * time.Millisecond, time.Minute},
	} {
		if d.value < d.least || d.value > d.top {
			bad("%s %v is not within %v to %v", d.name, d.value, d.least, d.top)
		}
	}
	if c.Dense > c.Normal || c.Normal > c.Sparse {
		bad("dense %v, normal %v and sparse %v are not in this order", c.Dense, c.Normal, c.Sparse)
	}
	for _, n := range []struct {
		name              string
		value, least, top int
	}{
		{"jitter_percent", c.JitterPercent, 0, 90},
		{"surprise_percent", c.SurprisePercent, 0, 100},
		{"budget_percent", c.BudgetPercent, 1, 100},
		{"overdraft", c.Overdraft, 0, 64 << 20},
		{"min_spread", c.MinSpread, 0, 255},
		{"workers", c.Workers, 0, maxWorkers},
		{"queue", c.Queue, 1, maxQueue},
	} {
		if n.value < n.least || n.value > n.top {
			bad("%s %d is not within %d to %d", n.name, n.value, n.least, n.top)
		}
	}
	return errors.Join(problems...)
}

// AtOnce is how many frames are judged at the same time in this process. It leaves a core to those who forward.
func (c Config) AtOnce() int {
	if c.Workers > 0 {
		return c.Workers
	}
	return max(1, runtime.GOMAXPROCS(0)-1)
}

// between is what a plan means.
func (c Config) between(plan models.SamplingPlan) time.Duration {
	switch plan {
	case models.SamplingDense:
		return c.Dense
	case models.SamplingNormal:
		return c.Normal
	default:
		return c.Sparse
	}
}
