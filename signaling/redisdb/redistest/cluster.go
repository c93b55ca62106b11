//go:build unix

package redistest

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const clusterSize = 3

// ClusterServers are the three masters of a Redis Cluster.
type ClusterServers struct{ Masters []*Server }

// StartCluster starts three masters that share the 16,384 slots evenly, and
// returns when every one of them calls the Cluster well. It takes a little over
// two seconds: a new master waits that long before it accepts writes.
func StartCluster(dir string) (*ClusterServers, error) {
	c := &ClusterServers{}
	for i := range clusterSize {
		s, err := startOn(filepath.Join(dir, "node"+strconv.Itoa(i)), func(port int) []string {
			return []string{
				"--cluster-enabled", "yes", "--cluster-config-file", "nodes-" + strconv.Itoa(port) + ".conf",
				"--cluster-port", strconv.Itoa(freePort()), "--cluster-node-timeout", "2000",
				"--save", "", "--appendfsync", "no",
			}
		})
		if err != nil {
			c.Stop()
			return nil, err
		}
		c.Masters = append(c.Masters, s)
	}
	if err := c.join(); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

func (c *ClusterServers) join() error {
	const slots = 16384
	for i, s := range c.Masters {
		first, last := i*slots/clusterSize, (i+1)*slots/clusterSize-1
		if _, err := s.command(fmt.Sprintf("CLUSTER ADDSLOTSRANGE %d %d", first, last)); err != nil {
			return err
		}
		// Distinct epochs from the start spare the nodes their arbitration.
		if _, err := s.command(fmt.Sprintf("CLUSTER SET-CONFIG-EPOCH %d", i+1)); err != nil {
			return err
		}
	}
	for _, s := range c.Masters[1:] {
		busPort := s.args[5]
		if _, err := c.Masters[0].command(fmt.Sprintf("CLUSTER MEET 127.0.0.1 %d %s", s.Port, busPort)); err != nil {
			return err
		}
	}
	deadline := time.Now().Add(3 * startDeadline)
	for _, s := range c.Masters {
		for {
			info, err := s.command("CLUSTER INFO")
			if err == nil && strings.Contains(info, "cluster_state:ok") &&
				strings.Contains(info, "cluster_known_nodes:"+strconv.Itoa(clusterSize)) &&
				strings.Contains(info, "cluster_slots_ok:16384") {
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("redistest: the cluster does not form: %s %w", info, err)
			}
			pause()
		}
	}
	return nil
}

// URL is what redisdb.Open takes.
func (c *ClusterServers) URL() string {
	addrs := make([]string, len(c.Masters))
	for i, s := range c.Masters {
		addrs[i] = s.Addr()
	}
	return "redis+cluster://" + strings.Join(addrs, ",")
}

// Stop ends all of them.
func (c *ClusterServers) Stop() {
	for _, s := range c.Masters {
		s.Stop()
	}
}

// empty removes all keys and scripts.
func (c *ClusterServers) empty() error {
	for _, s := range c.Masters {
		for _, command := range []string{"FLUSHALL", "SCRIPT FLUSH"} {
			if _, err := s.command(command); err != nil {
				return err
			}
		}
	}
	return nil
}
