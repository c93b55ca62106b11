package bus

import (
	"encoding/binary"
	"errors"
	"fmt"

	"omezle/models"
)

// A batch is what one PUBLISH carries:
//
//	version   1 byte, now 1
//	kind      1 byte: messages, or "look at the registry again"
//	from      1 byte of length, the sender's id
//	sequence  8 bytes big endian, from 1, counts the sender's batches on this channel
//	messages  each a uvarint of length and the payload
const (
	version      = 1
	kindMessages = 0
	kindRegistry = 1

	maxID = 64
)

// errMalformed is a batch that no node of this version could have sent.
var errMalformed = errors.New("bus: malformed batch")

// header is the beginning of a batch.
type header struct {
	kind     byte
	from     models.NodeID
	sequence uint64
}

func headerLen(from models.NodeID) int { return 3 + len(from) + 8 }

// appendHeader appends a header to b.
func appendHeader(b []byte, h header) []byte {
	b = append(b, version, h.kind, byte(len(h.from)))
	b = append(b, h.from...)
	return binary.BigEndian.AppendUint64(b, h.sequence)
}

// appendMessage appends one message to b.
func appendMessage(b, payload []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(payload)))
	return append(b, payload...)
}

// parseBatch checks a whole batch before any of it is used, and returns its
// header and the bytes that nextMessage walks.
func parseBatch(b []byte) (header, []byte, error) {
	if len(b) < 3 {
		return header{}, nil, fmt.Errorf("%w: %d bytes", errMalformed, len(b))
	}
	if b[0] != version {
		return header{}, nil, fmt.Errorf("%w: version %d", errMalformed, b[0])
	}
	h := header{kind: b[1]}
	if h.kind > kindRegistry {
		return header{}, nil, fmt.Errorf("%w: kind %d", errMalformed, h.kind)
	}
	n := int(b[2])
	if n == 0 || n > maxID || len(b) < 3+n+8 {
		return header{}, nil, fmt.Errorf("%w: sender of %d bytes", errMalformed, n)
	}
	h.from = models.NodeID(b[3 : 3+n])
	h.sequence = binary.BigEndian.Uint64(b[3+n:])
	body := b[3+n+8:]
	for rest := body; len(rest) > 0; {
		var ok bool
		if _, rest, ok = nextMessage(rest); !ok {
			return header{}, nil, fmt.Errorf("%w: bad length of a message", errMalformed)
		}
	}
	return h, body, nil
}

// nextMessage splits the first message off.
func nextMessage(b []byte) (payload, rest []byte, ok bool) {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > MaxPayload || size > uint64(len(b)-n) {
		return nil, nil, false
	}
	end := n + int(size)
	return b[n:end:end], b[end:], true
}
