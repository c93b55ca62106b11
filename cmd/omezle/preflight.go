package main

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"omezle/models"
	"omezle/signaling/bus"
	"omezle/signaling/protocol"
)

// comparedSTUN is how many further servers a page may ask for its address: two answers tell what there is to tell.
const comparedSTUN = 2

// preflightServers are those of a call, with credentials that are good for looking only, and STUN servers of ours to
// compare with: a NAT that is not the same for two of them lets no direct call through.
func (n *node) preflightServers(session models.SessionID) []protocol.ICEServer {
	urls := n.settings.TURN.ExternalURLs
	if len(urls) == 0 {
		urls = turnURLs(n.bus.Nodes(), n.settings.Signaling.Region)
	}
	var servers []protocol.ICEServer
	if len(urls) > 0 {
		username, password := n.relay.credentials.IssueCheck(session, time.Now())
		servers = append(servers, protocol.ICEServer{URLs: urls, Username: username, Credential: password})
	}
	if stun := stunURLs(urls, n.bus.Nodes()); len(stun) > 0 {
		servers = append(servers, protocol.ICEServer{URLs: stun})
	}
	return servers
}

// stunURLs are STUN servers that the page does not have yet: of the other nodes, and an external TURN server's own,
// which answers STUN at the same address (RFC 8656, 5).
func stunURLs(have []string, nodes []bus.NodeInfo) []string {
	candidates := slices.Clone(have)
	for _, node := range nodes {
		candidates = append(candidates, node.TURN...)
	}
	var urls []string
	for _, candidate := range candidates {
		u, err := url.Parse(candidate)
		if err != nil || u.Scheme == "turns" || u.Query().Get("transport") == "tcp" {
			continue
		}
		stun := "stun:" + strings.TrimPrefix(u.Opaque, "//")
		if !slices.Contains(have, stun) && !slices.Contains(urls, stun) && len(urls) < comparedSTUN {
			urls = append(urls, stun)
		}
	}
	return urls
}
