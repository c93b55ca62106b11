//go:build unix

package redistest

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

const clusterSize = 3

// ClusterServers are the three masters of a Redis Cluster.
type ClusterServers struct {
	Masters []*Server

	busPorts []int // where each listens for the others
}

// StartCluster starts three masters that share the 16,384 slots evenly, and
// returns when every one of them calls the Cluster well. It takes a little over
// two seconds: a new master waits that long before it accepts writes.
func StartCluster(dir string) (*ClusterServers, error) {
	c := &ClusterServers{}
	for i := range clusterSize {
		var busPort int
		s, err := startOn(filepath.Join(dir, "node"+strconv.Itoa(i)), func(port int) []string {
			busPort = freePort()
			return []string{
				"--cluster-enabled", "yes", "--cluster-config-file", "nodes-" + strconv.Itoa(port) + ".conf",
				"--cluster-port", strconv.Itoa(busPort), "--cluster-node-timeout", "2000",
				"--save", "", "--appendfsync", "no",
			}
		})
		if err != nil {
			c.Stop()
			return nil, err
		}
		c.Masters = append(c.Masters, s)
		c.busPorts = append(c.busPorts, busPort)
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
	for i, s := range c.Masters[1:] {
		if _, err := c.Masters[0].command(fmt.Sprintf("CLUSTER MEET 127.0.0.1 %d %d", s.Port, c.busPorts[i+1])); err != nil {
			return err
		}
	}
	for _, s := range c.Masters {
		err := eventually(s, "CLUSTER INFO", "cluster_state:ok", "cluster_slots_ok:16384",
			"cluster_known_nodes:"+strconv.Itoa(clusterSize))
		if err != nil {
			return err
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
