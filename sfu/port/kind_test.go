package port

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/pion/stun/v4"
)

// frame puts an RFC 4571 length before a packet.
func frame(packet []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(packet))), packet...)
}

func binding() []byte { return stun.MustBuild(stun.TransactionID, stun.BindingRequest).Raw }

func allocate() []byte {
	return stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodAllocate, stun.ClassRequest)).Raw
}

func TestEachProtocolIsKnownByItsFirstBytes(t *testing.T) {
	for name, row := range map[string]struct {
		first []byte
		want  Kind
		after int // bytes that are enough
	}{
		"HTTP/1.1":          {[]byte("GET / HTTP/1.1\r\n"), HTTP, 1},
		"a websocket":       {[]byte("GET /ws HTTP/1.1\r\n"), HTTP, 1},
		"HTTP/2 in clear":   {[]byte("PRI * HTTP/2.0\r\n"), HTTP, 1},
		"TLS 1.3":           {[]byte{0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03}, inTLS, 2},
		"TURN":              {allocate(), TURN, 8},
		"STUN":              {binding(), TURN, 8},
		"ICE-TCP":           {frame(binding()), ICETCP, 10},
		"RTP in frames":     {frame(append([]byte{0x80, 96}, make([]byte, 20)...)), HTTP, 10},
		"zeroes":            {make([]byte, 32), HTTP, 10},
		"no TLS after 0x16": {[]byte{0x16, 0, 0, 0, 0, 0, 0, 0, 0, 0}, HTTP, 10},
		"a PROXY header from one who may not send it": {[]byte("PROXY TCP4 1.2.3.4"), HTTP, 1},
	} {
		for n := range row.first {
			kind, known := classify(row.first[:n])
			if known != (n >= row.after) || (known && kind != row.want) {
				t.Errorf("%s: %d bytes tell %v, %v; want %v after %d", name, n, kind, known, row.want, row.after)
				break
			}
		}
	}
}

// FuzzClassify holds that ten bytes always decide, and that more bytes never change what fewer have told: a
// connection must be one thing however it arrives.
func FuzzClassify(f *testing.F) {
	for _, seed := range [][]byte{[]byte("GET / HTTP/1.1"), {0x16, 3, 1, 0, 0, 0, 0, 0, 0, 0}, allocate(), frame(binding()), {}, make([]byte, 64), {0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42, 0x21, 0x12}} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, first []byte) {
		var decided Kind
		var known bool
		for n := range len(first) + 1 {
			kind, now := classify(first[:n])
			if known && (!now || kind != decided) {
				t.Fatalf("%x: %v, then %v with %d bytes", first, decided, kind, n)
			}
			if n >= peekBytes && !now {
				t.Fatalf("%x: not known after %d bytes", first, n)
			}
			decided, known = kind, now
		}
		conn := &peeked{Conn: &script{Reader: bytes.NewReader(first)}}
		kind, err := conn.peek()
		if (err == nil) != known || (known && kind != decided) {
			t.Fatalf("%x: peek tells %v, %v; want %v, %v", first, kind, err, decided, known)
		}
		var got bytes.Buffer
		if _, err := got.ReadFrom(conn); err != nil || !bytes.Equal(got.Bytes(), first) {
			t.Fatalf("read %x, %v after peeking at %x", got.Bytes(), err, first)
		}
	})
}
