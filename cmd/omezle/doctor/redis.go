package doctor

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"omezle/signaling/redisdb"
)

const (
	farRedis  = 10 * time.Millisecond // a match takes a few round trips
	farClock  = time.Second
	wildClock = 30 * time.Second // credentials live for minutes
	pings     = 7
)

// Redis asks the Redis that url names. It returns the way to it, for the caller to close, or nil when there is none or it is the
// embedded one.
func Redis(ctx context.Context, r *Report, url string) *redisdb.DB {
	a := r.Area("redis")
	if url == "" {
		a.OK("kind", "inside the process: right for a single node, and it forgets everything at its end")
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	db, err := redisdb.Open(url, slog.New(slog.DiscardHandler))
	if err != nil {
		a.Fail("answers", err.Error(), "write redis_url as redis://, rediss://, redis+sentinel:// or redis+cluster://")
		return nil
	}
	took, err := latency(ctx, db)
	if err != nil {
		_ = db.Close()
		a.Fail("answers", fmt.Sprintf("%s: %v", db, err), "start Redis, or check host, port and password in redis_url and the firewall between")
		return nil
	}
	if took > farRedis {
		a.Warn("answers", fmt.Sprintf("%s in %s: every match waits for a few of these", db, short(took)), "move Redis nearer to the nodes, or find out what keeps it busy: redis-cli --latency, SLOWLOG GET")
	} else {
		a.OK("answers", "%s in %s", db, short(took))
	}
	clock(ctx, a, db.Client())
	for _, server := range servers(ctx, a, db.Client()) {
		server.judge(a)
	}
	return db
}

func latency(ctx context.Context, db *redisdb.DB) (time.Duration, error) {
	var took []time.Duration
	for i := range pings + 1 {
		begin := time.Now()
		if err := db.Ping(ctx); err != nil {
			return 0, err
		}
		if i > 0 { // the first one connects
			took = append(took, time.Since(begin))
		}
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

// clock compares this machine's time with that of Redis, at the middle of the way.
func clock(ctx context.Context, a *Area, client redis.UniversalClient) {
	begin := time.Now()
	theirs, err := client.Time(ctx).Result()
	if err != nil {
		a.Warn("clock", err.Error(), "allow the user of redis_url the command TIME")
		return
	}
	skew := begin.Add(time.Since(begin) / 2).Sub(theirs)
	judgeClock(a, "clock", "this machine's clock is", skew)
}

func judgeClock(a *Area, subject, whose string, skew time.Duration) {
	const fix = "run chrony or systemd-timesyncd on every machine: timedatectl set-ntp true"
	direction := "ahead of"
	if skew < 0 {
		direction = "behind"
	}
	text := fmt.Sprintf("%s %s %s that of Redis", whose, short(skew.Abs()), direction)
	switch {
	case skew.Abs() > wildClock:
		a.Fail(subject, text+": credentials of other nodes are taken for expired, or live too long", fix)
	case skew.Abs() > farClock:
		a.Warn(subject, text, fix)
	case skew.Abs() < time.Millisecond:
		a.OK(subject, "%s that of Redis to the millisecond", whose)
	default:
		a.OK(subject, "%s", text)
	}
}

// server is what INFO tells of one Redis server.
type server struct {
	name string // empty when there is one
	info map[string]string
}

// servers asks each master.
func servers(ctx context.Context, a *Area, client redis.UniversalClient) []server {
	read := func(c redis.Cmdable, name string) (server, error) {
		text, err := c.Info(ctx).Result()
		return server{name: name, info: parseInfo(text)}, err
	}
	var list []server
	var err error
	if cluster, ok := client.(*redis.ClusterClient); ok {
		var mu sync.Mutex
		err = cluster.ForEachMaster(ctx, func(_ context.Context, c *redis.Client) error {
			one, err := read(c, c.Options().Addr)
			mu.Lock()
			defer mu.Unlock()
			list = append(list, one)
			return err
		})
		slices.SortFunc(list, func(x, y server) int { return strings.Compare(x.name, y.name) })
	} else {
		var one server
		one, err = read(client, "")
		list = []server{one}
	}
	if err != nil {
		a.Warn("state", err.Error(), "allow the user of redis_url the command INFO, so that memory and persistence can be looked at")
		return nil
	}
	return list
}

// parseInfo reads the reply of INFO: lines of key:value.
func parseInfo(text string) map[string]string {
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[key] = value
		}
	}
	return info
}

func (s server) subject(name string) string {
	if s.name == "" {
		return name
	}
	return name + " " + s.name
}

func (s server) number(key string) int64 {
	n, _ := strconv.ParseInt(s.info[key], 10, 64) // 0 where it is missing
	return n
}

func (s server) judge(a *Area) {
	s.judgeVersion(a)
	s.judgeMemory(a)
	s.judgeWrites(a)
}

// judgeVersion holds what redisdb promises to work with.
func (s server) judgeVersion(a *Area) {
	version := s.info["redis_version"]
	var major, minor int
	_, _ = fmt.Sscanf(version, "%d.%d", &major, &minor) // zeros are too old
	cluster := s.info["cluster_enabled"] == "1"
	switch {
	case version == "":
		a.Skip(s.subject("version"), "it does not tell its version", "")
	case cluster && major < 7, major < 6, major == 6 && minor < 2:
		a.Fail(s.subject("version"), version+" is too old", "install Redis 6.2 or newer, for a Cluster 7 or newer")
	default:
		a.OK(s.subject("version"), "%s", version)
	}
}

func (s server) judgeMemory(a *Area) {
	const fix = "CONFIG SET maxmemory-policy noeviction, the same in redis.conf, and more memory if it runs full"
	policy, most := s.info["maxmemory_policy"], s.number("maxmemory")
	subject := s.subject("memory")
	switch {
	case policy == "":
		a.Skip(subject, "it does not tell its policy", "")
	case policy != "noeviction" && most > 0:
		a.Fail(subject, fmt.Sprintf("policy %s at %s: when it is full Redis throws away sessions, tickets and nodes, and calls end", policy, size(most)), fix)
	case policy != "noeviction":
		a.Warn(subject, "policy "+policy+": no limit is set yet, but with one Redis would throw away sessions, tickets and nodes", fix)
	case most > 0 && s.number("used_memory") > most*8/10:
		a.Warn(subject, fmt.Sprintf("%s of %s are used; when it is full, new matches are refused", size(s.number("used_memory")), size(most)), "give it more: CONFIG SET maxmemory")
	default:
		a.OK(subject, "policy noeviction, %s used", size(s.number("used_memory")))
	}
}

func (s server) judgeWrites(a *Area) {
	subject := s.subject("writing")
	switch {
	case s.info["role"] == "slave":
		a.Fail(subject, "it is a replica, which refuses writes", "name the master in redis_url, or the Sentinels: redis+sentinel://")
	case s.info["rdb_last_bgsave_status"] == "err":
		a.Fail(subject, "its last snapshot failed, and by default it refuses writes then", "free disk space or memory (vm.overcommit_memory=1), or switch snapshots off: CONFIG SET save ''")
	case s.info["aof_enabled"] == "1" && s.info["aof_last_write_status"] == "err":
		a.Fail(subject, "it cannot write its append-only file, and refuses writes", "free disk space on its machine")
	case s.info["aof_enabled"] == "1":
		a.OK(subject, "append-only file on; with appendfsync everysec it costs little, and nothing here needs more")
	default:
		a.OK(subject, "no append-only file: after a crash of Redis the nodes fill it again, only who waits is matched anew")
	}
}

func size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d KiB", n>>10)
}
