package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"slices"

	"omezle/sfu/turn"
	"omezle/signaling/protocol"
)

// pretended is an address for documentation (RFC 5737) that no client has.
const pretended = "192.0.2.77"

const tellClient = "let the proxy set X-Forwarded-For to the client's address (nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for), " +
	"and name the proxy in trusted_proxies; or send PROXY protocol and name it in port.proxy_from"

// way finds out whether proxies stand between and what the service makes of them: limits and bans go by the client's address.
func (s *Site) way(ctx context.Context, a *Area, site []netip.Addr) *protocol.Preflight {
	const subject = "client address"
	plain, header, err := s.preflight(ctx)
	if err != nil {
		a.Skip(subject, "the service does not say whom it sees: "+err.Error(), "")
		return nil
	}
	lying, _, err := s.preflight(ctx, "X-Forwarded-For", pretended)
	if err != nil {
		a.Skip(subject, "the service does not say whom it sees: "+err.Error(), "")
		return plain
	}
	seen, _ := netip.ParseAddr(plain.Address) // not valid: not public either
	between := header.Get("Via") + header.Get("Server")
	switch {
	case lying.Address == pretended:
		a.Fail(subject, "whoever writes X-Forwarded-For is believed: limits and bans can be walked around", "let the proxy replace or extend that header, and let trusted_proxies name the proxies only, not their clients")
	case plain.Proxy == protocol.ProxyUntrusted:
		a.Fail(subject, fmt.Sprintf("a proxy at %s stands between and is not trusted: all visitors seem to be it, and share its limits", plain.Address),
			fmt.Sprintf("trusted_proxies: [%q]", prefixOf(seen)))
	case plain.Proxy == protocol.ProxyTrusted:
		a.OK(subject, "a trusted proxy tells it: the service sees %s", plain.Address)
	case lying.Proxy == protocol.ProxyNone:
		a.Fail(subject, "a proxy between takes X-Forwarded-For away and tells nobody's address: all visitors seem to be "+plain.Address, tellClient)
	case between != "":
		a.Warn(subject, fmt.Sprintf("a proxy (%s) stands between and does not tell the client's address: the service sees %s", between, plain.Address), tellClient)
	case !turn.Reachable(seen) && !slices.Contains(site, seen) && slices.ContainsFunc(site, turn.Reachable):
		a.Warn(subject, fmt.Sprintf("the service sees %s, an address of a private network, though the site is on the internet", plain.Address), tellClient)
	default:
		a.OK(subject, "nothing stands between: the service sees %s", plain.Address)
	}
	return plain
}

func prefixOf(addr netip.Addr) string {
	if !addr.IsValid() {
		return "address of the proxy"
	}
	return netip.PrefixFrom(addr, addr.BitLen()).String()
}

func (s *Site) preflight(ctx context.Context, headers ...string) (*protocol.Preflight, http.Header, error) {
	status, body, header, err := get(ctx, s.client, s.url.String()+"/api/preflight", headers...)
	if err != nil {
		return nil, nil, err
	}
	var answer protocol.Preflight
	if status != http.StatusOK || json.Unmarshal(body, &answer) != nil {
		return nil, nil, fmt.Errorf("/api/preflight came as %d", status)
	}
	return &answer, header, nil
}
