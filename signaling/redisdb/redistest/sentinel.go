//go:build unix

package redistest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// SentinelServers are a master, its replica, and the Sentinel that watches
// them and promotes the replica when the master is gone for half a second.
type SentinelServers struct{ Master, Replica, Sentinel *Server }

const sentinelMaster = "omezle"

// StartSentinel starts the three and returns when the Sentinel knows the
// replica and the replica is in step.
func StartSentinel(dir string) (*SentinelServers, error) {
	s := &SentinelServers{}
	if err := s.start(dir); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

func (s *SentinelServers) start(dir string) (err error) {
	if s.Master, err = StartSingle(filepath.Join(dir, "master"), "--repl-diskless-sync-delay", "0"); err != nil {
		return err
	}
	if s.Replica, err = StartSingle(filepath.Join(dir, "replica"), "--replicaof", "127.0.0.1 "+strconv.Itoa(s.Master.Port)); err != nil {
		return err
	}
	if err = eventually(s.Replica, "INFO replication", "master_link_status:up"); err != nil {
		return err
	}
	sdir := filepath.Join(dir, "sentinel")
	if err = os.MkdirAll(sdir, 0o755); err != nil {
		return err
	}
	conf := filepath.Join(sdir, "sentinel.conf")
	text := fmt.Sprintf("sentinel monitor %[1]s 127.0.0.1 %[2]d 1\nsentinel down-after-milliseconds %[1]s 500\nsentinel failover-timeout %[1]s 3000\n",
		sentinelMaster, s.Master.Port)
	if err = os.WriteFile(conf, []byte(text), 0o644); err != nil {
		return err
	}
	if s.Sentinel, err = startOn(sdir, func(int) []string { return []string{conf, "--sentinel"} }); err != nil {
		return err
	}
	return eventually(s.Sentinel, "INFO sentinel", "status=ok", "slaves=1")
}

// URL is what redisdb.Open takes.
func (s *SentinelServers) URL() string {
	return "redis+sentinel://" + s.Sentinel.Addr() + "/0?master=" + sentinelMaster
}

// Stop ends all of them.
func (s *SentinelServers) Stop() {
	for _, one := range []*Server{s.Sentinel, s.Replica, s.Master} {
		if one != nil {
			one.Stop()
		}
	}
}
