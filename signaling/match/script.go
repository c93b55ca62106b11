package match

import (
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/queue.lua
var queueLua string

//go:embed lua/seek.lua
var seekLua string

//go:embed lua/join.lua
var joinLua string

//go:embed lua/poll.lua
var pollLua string

//go:embed lua/leave.lua
var leaveLua string

// Bounds on the work of one script call.
const (
	scanLimit  = 256              // tickets looked at in one search
	pageLimit  = 128              // tickets read at once
	callLimit  = 1024             // tickets looked at in one Poll script, all its searches together
	sweepLimit = 16               // dead tickets removed by the way
	sharedCap  = 3                // more shared interests than this are not better
	rescan     = time.Minute      // a ticket that accepts anybody searches again this often
	keyTTL     = 10 * time.Minute // after the last search in a shard Redis forgets it
	pollBatch  = 64               // tickets in one Poll script
)

type scripts struct {
	join, poll, leave *redis.Script
}

// newScripts joins the Lua files behind constants that stand for cfg: a script
// that does not change is compiled by Redis once and called by its hash.
func newScripts(cfg Config, l layout) scripts {
	head := constants(cfg, l) + queueLua + "\n"
	return scripts{
		join:  redis.NewScript(head + seekLua + "\n" + joinLua),
		poll:  redis.NewScript(head + seekLua + "\n" + pollLua),
		leave: redis.NewScript(head + leaveLua),
	}
}

// constants is the part of the scripts that depends on the configuration.
func constants(cfg Config, l layout) string {
	regionFor := cfg.RegionFor
	if len(l.regions) == 0 {
		regionFor = 0
	}
	values := []struct {
		name  string
		value int64
	}{
		{"LEASE", cfg.Lease.Microseconds()},
		{"INTERESTS_FOR", cfg.InterestsFor.Microseconds()},
		{"LANGUAGE_FOR", cfg.LanguageFor.Microseconds()},
		{"REGION_FOR", regionFor.Microseconds()},
		{"REMATCH_AFTER", cfg.RematchAfter.Microseconds()},
		{"WIDEN", l.widen.Microseconds()},
		{"RESCAN", rescan.Microseconds()},
		{"TTL", keyTTL.Milliseconds()},
		{"PAGE", pageLimit}, {"SCAN", scanLimit}, {"CALL", callLimit}, {"SWEEP", sweepLimit}, {"SHARED_CAP", sharedCap},
	}
	var b strings.Builder
	for _, c := range values {
		fmt.Fprintf(&b, "local %s = %d\n", c.name, c.value)
	}
	return b.String()
}
