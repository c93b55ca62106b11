package match

import (
	"hash/fnv"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"omezle/models"
)

// layout says which queue a ticket belongs to. Each queue is named by the hash
// tag of its keys.
//
// Without regions and shards a mode has one queue. Else a ticket starts in the
// queue of its region and language, and goes to the mode's meeting queue as soon
// as it accepts others than these. A newcomer looks into the meeting queue first:
// those who wait there have waited longest.
type layout struct {
	regions []string
	shards  uint32
	widen   time.Duration // when a ticket goes to the meeting queue
	split   bool          // whether there are other queues than the meeting queues
}

func newLayout(cfg Config) layout {
	l := layout{shards: uint32(max(cfg.Shards, 1))}
	if len(cfg.Regions) > 1 {
		l.regions = cfg.Regions
		l.widen, l.split = cfg.RegionFor, true
	}
	if l.shards > 1 {
		if !l.split || cfg.LanguageFor < l.widen {
			l.widen = cfg.LanguageFor
		}
		l.split = true
	}
	return l
}

// region returns the region t counts as; empty if regions play no part.
func (l *layout) region(t *Ticket) string {
	if len(l.regions) == 0 {
		return ""
	}
	for _, r := range l.regions {
		if r == t.Region {
			return r
		}
	}
	return l.regions[0]
}

// meeting returns the key of the queue in which everybody of a mode can meet.
func (l *layout) meeting(mode models.Mode) string {
	return "{match:" + string(mode) + "}:q"
}

// start returns the key of the queue a new ticket waits in.
func (l *layout) start(t *Ticket) string {
	if !l.split {
		return l.meeting(t.Mode)
	}
	return l.key(t.Mode, l.region(t), l.languageShard(t.languageTag()))
}

func (l *layout) languageShard(language string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(language)) // never fails
	return h.Sum32() % l.shards
}

func (l *layout) key(mode models.Mode, region string, shard uint32) string {
	return "{" + strings.Join([]string{"match", string(mode), region, strconv.FormatUint(uint64(shard), 10)}, ":") + "}:q"
}

// keys returns every queue of a mode, the meeting queue first.
func (l *layout) keys(mode models.Mode) []string {
	keys := []string{l.meeting(mode)}
	if !l.split {
		return keys
	}
	regions := l.regions
	if len(regions) == 0 {
		regions = []string{""}
	}
	for _, region := range regions {
		for shard := range l.shards {
			keys = append(keys, l.key(mode, region, shard))
		}
	}
	return keys
}

// meetingHint spares most newcomers a look into a meeting queue that is empty.
// It is refreshed by Poll and Waiting; every meetingEvery-th newcomer looks
// anyway, so that a node on which nobody waits learns of those elsewhere.
type meetingHint struct {
	busy  atomic.Bool
	joins atomic.Uint32
}

const meetingEvery = 16

func (h *meetingHint) look() bool {
	return h.joins.Add(1)%meetingEvery == 1 || h.busy.Load()
}
