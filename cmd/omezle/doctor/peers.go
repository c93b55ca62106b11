package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/pion/stun/v4"
)

// forbidden are what attackers ask relays for (the rest of such ranges is the server's tests').
var forbidden = []string{"127.0.0.1", "10.0.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1"}

// disguised are the same inside IPv6, written as no client writes them.
var disguised = []string{"::ffff:10.0.0.1", "::ffff:127.0.0.1"}

// refusals asks for permissions that must not be given.
func (t TURN) refusals(ctx context.Context, a *Area, address string) {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	server, err := parseServer(address)
	if err != nil {
		return // it worked a moment ago
	}
	relay, err := t.allocate(ctx, server)
	if err != nil {
		a.Skip("peers", "no relay to ask with: "+err.Error(), "")
		return
	}
	defer relay.close()
	var refused []string
	judge := func(name string, peer netip.Addr, given bool, err error) {
		within := func(p netip.Prefix) bool { return p.Contains(peer) }
		switch {
		case err != nil:
			a.Warn("peer "+name, "not clear whether it is refused: "+err.Error(), "ask again")
		case !given:
			refused = append(refused, name)
		case slices.ContainsFunc(t.Allowed, within):
			a.Warn("peer "+name, "reached, since turn.allow_peers opens it", "take it out if nobody needs it")
		default:
			a.Fail("peer "+name, "strangers reach it through the relay: an open door into this network", t.shut(peer))
		}
	}
	for _, text := range forbidden {
		peer := netip.MustParseAddr(text)
		given, err := relay.permits(peer)
		judge(text, peer, given, err)
	}
	for _, text := range disguised {
		peer := netip.MustParseAddr(text)
		given, err := t.permitsDisguised(relay, peer)
		judge(text, peer, given, err)
	}
	for name, addrs := range t.Internal {
		for _, peer := range addrs {
			given, err := relay.permits(peer)
			judge(name+" at "+peer.String(), peer, given, err)
		}
	}
	if len(refused) > 0 {
		slices.Sort(refused)
		a.OK("peers", "refused as they must be: %s", strings.Join(refused, ", "))
	}
}

func (t TURN) shut(peer netip.Addr) string {
	if t.External {
		return fmt.Sprintf("coturn: denied-peer-ip=%s, and the whole of each private range", peer.Unmap())
	}
	return fmt.Sprintf("turn.deny_peers: [%q], and see whether this server is one of ours", peer.Unmap())
}

// permits asks for a permission. An error says that there was no answer.
func (a *allocation) permits(peer netip.Addr) (bool, error) {
	err := a.client.CreatePermission(&net.UDPAddr{IP: peer.AsSlice(), Port: 6379})
	switch {
	case err == nil:
		return true, nil
	case code(err) != 0:
		return false, nil
	}
	return false, err
}

// code is the STUN error code with which a server has refused, 0 when there is none.
func code(err error) stun.ErrorCode {
	var refused *stun.TurnError
	if errors.As(err, &refused) {
		return refused.ErrorCodeAttr.Code
	}
	return 0
}

var errAnswer = errors.New("an answer without a meaning")

// permitsDisguised asks by hand for what clients do not write: IPv4 in the family of IPv6.
func (t TURN) permitsDisguised(a *allocation, peer netip.Addr) (bool, error) {
	to := a.client.TURNServerAddr()
	username, realm := a.client.Username().String(), a.client.Realm().String()
	nonce, err := a.nonce(to)
	if err != nil {
		return false, err
	}
	request, err := stun.Build(stun.TransactionID, stun.NewType(stun.MethodCreatePermission, stun.ClassRequest), peerIPv6(peer.As16()),
		stun.NewUsername(username), stun.NewRealm(realm), nonce, stun.NewLongTermIntegrity(username, realm, a.password))
	if err != nil {
		return false, err
	}
	result, err := a.client.PerformTransaction(request, to, false)
	if err != nil {
		return false, err
	}
	switch result.Msg.Type.Class {
	case stun.ClassSuccessResponse:
		return true, nil
	case stun.ClassErrorResponse:
		return false, nil
	}
	return false, errAnswer
}

// nonce is a fresh one: the server gives it to whoever has proved nothing (RFC 8489, 9.2.4).
func (a *allocation) nonce(to net.Addr) (stun.Nonce, error) {
	request, err := stun.Build(stun.TransactionID, stun.NewType(stun.MethodRefresh, stun.ClassRequest))
	if err != nil {
		return nil, err
	}
	result, err := a.client.PerformTransaction(request, to, false)
	if err != nil {
		return nil, err
	}
	var nonce stun.Nonce
	return nonce, nonce.GetFrom(result.Msg)
}

// peerIPv6 is XOR-PEER-ADDRESS of family IPv6, whatever is in it (RFC 8656, 18.3).
type peerIPv6 [16]byte

// AddTo implements stun.Setter.
func (p peerIPv6) AddTo(m *stun.Message) error {
	value := []byte{0, 2, 0x21 ^ 0x18, 0x12 ^ 0xeb} // family, port 6393
	mask := append([]byte{0x21, 0x12, 0xa4, 0x42}, m.TransactionID[:]...)
	for i, b := range p {
		value = append(value, b^mask[i])
	}
	m.Add(stun.AttrXORPeerAddress, value)
	return nil
}
