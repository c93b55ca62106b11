package doctor

import (
	"net"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"omezle/sfu"
	"omezle/signaling/bus"
	"omezle/signaling/redisdb/redistest"
)

func TestOurOwnMediaServerIsConnectedToWhereItIsBoundWhateverBrowsersAreTold(t *testing.T) {
	_, m := mediaNode(t, true, "203.0.113.7:443")
	r := &Report{}
	m.Port(t.Context(), r)
	m.Addresses(r)
	r.tells(t, OK, "sfu", "ice-udp", "takes calls")
	r.tells(t, OK, "sfu", "ice-tcp", "takes calls")
	r.tells(t, OK, "sfu", "advertise", "a port mapping must lead from there to "+strconv.Itoa(int(m.Listen.Port())))

	_, other := mediaNode(t, true)
	m.API = other.API
	r = &Report{}
	m.Port(t.Context(), r)
	r.tells(t, Skip, "sfu", "ice-udp", "other nodes answer")

	m.API = ""
	r = &Report{}
	m.Port(t.Context(), r)
	r.tells(t, Skip, "sfu", "port", "by the node that runs here or by another program")
}

func TestAMediaPortIsFreeOrTaken(t *testing.T) {
	holder, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	at := holder.LocalAddr().(*net.UDPAddr).AddrPort()
	ask := func(listen netip.AddrPort, ports int, running bool) *Report {
		r := &Report{}
		MediaServer{Advertised: sfu.Advertised{Listen: listen, Ports: ports}, Running: running}.Port(t.Context(), r)
		return r
	}
	ask(at, 1, false).tells(t, Fail, "sfu", "port", "is taken, and no node runs here")
	ask(netip.AddrPortFrom(at.Addr(), at.Port()-1), 2, false).tells(t, Warn, "sfu", "port", "further ports are taken")
	ask(netip.MustParseAddrPort("127.0.0.1:0"), 1, false).tells(t, Warn, "sfu", "port", "another after each start")
	ask(netip.MustParseAddrPort("192.0.2.1:7000"), 1, false).tells(t, Fail, "sfu", "port", "cannot assign")
	_ = holder.Close()
	ask(at, 1, false).tells(t, OK, "sfu", "port", "is free")
	ask(at, 1, true).tells(t, Warn, "sfu", "port", "it runs with other settings")
}

func TestAddressesThatBrowsersAreToldAreJudged(t *testing.T) {
	for name, row := range map[string]struct {
		udp, tcp []string
		level    Level
		subject  string
		words    string
	}{
		"public":                    {[]string{"9.9.9.9:7000"}, nil, OK, "advertise", "an address of the internet; this machine does not have it, a NAT must lead"},
		"mapped":                    {[]string{"9.9.9.9:443"}, nil, OK, "advertise", "a port mapping must lead from there to 7000/udp here"},
		"private":                   {[]string{"10.0.0.7:7000"}, nil, Warn, "advertise", "only visitors in the same network"},
		"private beside a public":   {[]string{"9.9.9.9:7000", "10.0.0.7:7000"}, nil, OK, "advertise", "10.0.0.7:7000/udp is for visitors in the same network"},
		"no TCP":                    {[]string{"9.9.9.9:7000"}, nil, Warn, "advertise tcp", "not offered"},
		"public TCP":                {[]string{"9.9.9.9:7000"}, []string{"9.9.9.9:443"}, OK, "advertise tcp", "9.9.9.9:443/tcp; a port mapping must lead from there to 8080/tcp here"},
		"private TCP":               {[]string{"9.9.9.9:7000"}, []string{"10.0.0.7:8080"}, Warn, "advertise tcp", "no address of the internet"},
		"TCP of a private network":  {[]string{"10.0.0.7:7000"}, []string{"10.0.0.7:8080"}, OK, "advertise tcp", "for visitors in the same network"},
		"TCP that browsers dislike": {[]string{"10.0.0.7:7000"}, []string{"10.0.0.7:443"}, Warn, "advertise tcp", "browsers do not connect to the private address"},
	} {
		t.Run(name, func(t *testing.T) {
			m := MediaServer{Public: &net.TCPAddr{Port: 8080}, Advertised: sfu.Advertised{Ports: 4, Listen: netip.MustParseAddrPort("[::]:7000")}}
			for _, text := range row.udp {
				m.UDP = append(m.UDP, netip.MustParseAddrPort(text))
			}
			for _, text := range row.tcp {
				m.TCP = append(m.TCP, netip.MustParseAddrPort(text))
			}
			r := &Report{}
			m.Addresses(r)
			r.tells(t, row.level, "sfu", row.subject, row.words)
			r.tells(t, OK, "sfu", "ports", "7000 to 7003/udp")
		})
	}
}

func TestMediaServersOfAllNodesAreToldWithTheirLoad(t *testing.T) {
	db := redistest.Open(t, redistest.Single(t))
	at := []netip.AddrPort{netip.MustParseAddrPort("9.9.9.9:7000")}
	look := func() *Report {
		r := &Report{}
		nodes := Nodes(t.Context(), r, db, "1", time.Minute)
		MediaServers(r, nodes, false)
		return r
	}
	beat(t, db, bus.NodeInfo{ID: "door", Version: "1"})
	look().tells(t, Skip, "sfu", "servers", "no node has one")
	beat(t, db, bus.NodeInfo{ID: "idle", Version: "1", SFU: &bus.SFUInfo{Legs: 6, Max: 2000, Addresses: at}})
	look().tells(t, OK, "sfu", "idle", "6 of 2000 legs, at 9.9.9.9:7000")
	beat(t, db, bus.NodeInfo{ID: "busy", Version: "1", SFU: &bus.SFUInfo{Legs: 1900, Max: 2000, Addresses: at}})
	r := look()
	r.tells(t, Warn, "sfu", "busy", "nearly full: 1900 of 2000")
	r.tells(t, Fail, "sfu", "advertise", "is told by several: busy, idle")
}
