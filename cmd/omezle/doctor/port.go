package doctor

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// Holder is who has a port.
type Holder int

// Who may have one.
const (
	Nobody Holder = iota // it can be bound
	Us                   // a node of this service answers there
	Others               // another program, or nobody may have it
)

// Port is a TCP port that a node listens on.
type Port struct {
	Name    string // "public port"
	Address string // as in listen
	Path    string // that a node answers with JSON
	Member  string // which the JSON has
	Secure  bool   // it has a certificate
	Server  string // the name to ask for in TLS
	TURN    bool   // it has no pages and answers STUN
	Bare    bool   // it has no pages and answers HTTP with 404
}

// Ask says whether the port can be bound, or who has it.
func (p Port) Ask(ctx context.Context, r *Report) Holder {
	a := r.Area("ports")
	listener, err := net.Listen("tcp", p.Address)
	if err == nil {
		_ = listener.Close()
		a.OK(p.Name, "%s is free: a node can be started here", p.Address)
		return Nobody
	}
	if !errors.Is(err, syscall.EADDRINUSE) {
		refused(a, p.Name, err)
		return Others
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if version, err := p.answer(ctx); err != nil {
		a.Fail(p.Name, fmt.Sprintf("%s is taken, and no node of this service answers there: %v", p.Address, err),
			"stop that program (ss -ltnp shows which), or choose another port")
		return Others
	} else if version != "" {
		a.OK(p.Name, "a node of version %s answers at %s", version, p.Address)
	} else {
		a.OK(p.Name, "a node answers at %s", p.Address)
	}
	return Us
}

func refused(a *Area, name string, err error) {
	fix := "name an address that this machine has, or none: \":443\""
	if errors.Is(err, syscall.EACCES) {
		fix = "ports under 1024 need a right: AmbientCapabilities=CAP_NET_BIND_SERVICE in the systemd unit, or setcap cap_net_bind_service=+ep on the binary"
	}
	a.Fail(name, err.Error(), fix)
}

// answer is the version of the node at the port.
func (p Port) answer(ctx context.Context) (string, error) {
	local, err := here(p.Address)
	if err != nil {
		return "", err
	}
	if p.TURN {
		_, err := binding(ctx, "tcp", local)
		return "", err
	}
	scheme := "http"
	if p.Secure {
		scheme = "https"
	}
	client := newClient(&tls.Config{InsecureSkipVerify: true, ServerName: p.Server}) //nolint:gosec // whether it is ours, not whether to trust it
	defer client.CloseIdleConnections()
	status, body, _, err := get(ctx, client, scheme+"://"+local+p.Path)
	if err != nil {
		return "", err
	}
	if p.Bare && status == http.StatusNotFound {
		return "", nil
	}
	var members map[string]any
	if json.Unmarshal(body, &members) != nil || members[p.Member] == nil {
		return "", fmt.Errorf("%s%s came as %d and is not ours", local, p.Path, status)
	}
	version, _ := members["version"].(string)
	return version, nil
}

// here is how this machine reaches what listens at address.
func here(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

// UDPPort says whether a UDP port can be bound, or a STUN server answers there.
func UDPPort(ctx context.Context, r *Report, name, address string) Holder {
	a := r.Area("ports")
	conn, err := net.ListenPacket("udp", address)
	if err == nil {
		_ = conn.Close()
		a.OK(name, "%s/udp is free", address)
		return Nobody
	}
	if !errors.Is(err, syscall.EADDRINUSE) {
		refused(a, name, err)
		return Others
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	local, err := here(address)
	if err == nil {
		_, err = binding(ctx, "udp", local)
	}
	if err != nil {
		a.Fail(name, fmt.Sprintf("%s/udp is taken, and no STUN server answers there", address), "stop that program (ss -lunp shows which), or choose another port")
		return Others
	}
	a.OK(name, "a STUN server answers at %s/udp", address)
	return Us
}

// sampled is how many ports of a range are tried.
const sampled = 64

// RelayPorts says whether the UDP ports of relays are free, and enough for so many relays.
func RelayPorts(r *Report, address string, lowest, highest, relays int) {
	a := r.Area("ports")
	span := highest - lowest + 1
	taken := 0
	tries := min(sampled, span)
	for i := range tries {
		conn, err := net.ListenPacket("udp", net.JoinHostPort(address, strconv.Itoa(lowest+i*span/tries)))
		if err != nil {
			taken++
			continue
		}
		_ = conn.Close()
	}
	const name = "relay ports"
	switch {
	case span < relays:
		a.Warn(name, fmt.Sprintf("%d to %d are %d ports, fewer than the %d relays of turn.max_allocations", lowest, highest, span, relays),
			"widen turn.relay_min to turn.relay_max, or lower turn.max_allocations")
	case taken > tries/4:
		a.Warn(name, fmt.Sprintf("of %d ports of %d to %d that were tried %d are taken", tries, lowest, highest, taken),
			"choose a range that no other program uses: turn.relay_min, turn.relay_max")
	default:
		a.OK(name, "%d to %d: of %d that were tried %d are free; the firewall must let them in", lowest, highest, tries, tries-taken)
	}
}

const maxBody = 1 << 20 // bytes of an answer

// newClient keeps nothing and follows nothing.
func newClient(config *tls.Config) *http.Client {
	return &http.Client{
		Timeout:       patience,
		Transport:     &http.Transport{TLSClientConfig: config, DisableKeepAlives: true, TLSHandshakeTimeout: patience},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// get asks with further headers, "Name: value" each split already.
func get(ctx context.Context, client *http.Client, address string, headers ...string) (status int, body []byte, header http.Header, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, nil, nil, err
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, nil, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(io.LimitReader(response.Body, maxBody))
	return response.StatusCode, body, response.Header, err
}

// deadline gives conn the time that ctx has.
func deadline(ctx context.Context, conn interface{ SetDeadline(time.Time) error }) {
	if end, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(end) // a closed one is told by the next call
	}
}
