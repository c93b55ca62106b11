package bus

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"time"

	"omezle/models"
)

// NodeInfo is what a node tells the others about itself with each heartbeat.
type NodeInfo struct {
	ID       models.NodeID `json:"id"`
	Started  time.Time     `json:"started"`
	Region   string        `json:"region,omitempty"`
	Roles    []string      `json:"roles,omitempty"`
	Sessions int           `json:"sessions"`
	// Version is the program's.
	Version string `json:"version,omitempty"`
	// Clock is the node's own time at this heartbeat, to be compared with others.
	Clock time.Time `json:"clock,omitzero"`
	// Draining nodes are about to stop: they take nothing new.
	Draining bool `json:"draining,omitempty"`
	// TURN is where browsers reach the node's TURN server (RFC 7065); empty: it has none.
	TURN []string `json:"turn,omitempty"`
	// SFU is the node's media server; nil: it has none.
	SFU *SFUInfo `json:"sfu,omitempty"`
}

// SFUInfo is what a media server tells of itself.
type SFUInfo struct {
	Legs int `json:"legs"` // visitors there are
	Max  int `json:"max"`  // and may be
	// Judges says that pictures it relays can be looked at.
	Judges bool `json:"judges,omitempty"`
	// Addresses are where browsers reach it by UDP.
	Addresses []netip.AddrPort `json:"addresses,omitempty"`
}

// parseNodes reads HGETALL's pairs of id and description, sorted by id. A
// description that cannot be read, as from a newer version, leaves the node
// with its id alone.
func parseNodes(pairs []string) []NodeInfo {
	nodes := make([]NodeInfo, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		var n NodeInfo
		if json.Unmarshal([]byte(pairs[i+1]), &n) != nil {
			n = NodeInfo{}
		}
		n.ID = models.NodeID(pairs[i])
		nodes = append(nodes, n)
	}
	slices.SortFunc(nodes, func(a, b NodeInfo) int { return compareIDs(a.ID, b.ID) })
	return nodes
}

func compareIDs(a, b models.NodeID) int { return strings.Compare(string(a), string(b)) }
