package frame

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// What a keyframe may be. A camera in a call sends nothing larger; a frame of 752 bytes that claims 16383x16383 would
// take 388 MB and 6 s to decode.
const (
	MaxSide   = 2048        // pixels
	MaxPixels = 1920 * 1088 // a whole number of macroblocks
	MaxBytes  = 1 << 20

	minSide      = 16
	headerLength = 10 // RFC 6386 9.1: frame tag, start code, dimensions
)

// ErrUndecodable is wrapped by every error about what a sender has sent: it is the sender's fault.
var ErrUndecodable = errors.New("undecodable keyframe")

// The kinds of it.
var (
	ErrNotKeyframe = fmt.Errorf("%w: no VP8 keyframe", ErrUndecodable)
	ErrSize        = fmt.Errorf("%w: too large or too small", ErrUndecodable)
	ErrHidden      = fmt.Errorf("%w: not to be shown", ErrUndecodable)
	ErrTruncated   = fmt.Errorf("%w: first partition cut off", ErrUndecodable)
	ErrBroken      = fmt.Errorf("%w: the decoder gave up", ErrUndecodable)
)

// Check reads the first ten bytes of what may be a VP8 keyframe (RFC 6386 9.1) and gives its size in pixels. It
// allocates nothing, and errors wrap ErrUndecodable. Nothing that fails it is given to a decoder.
func Check(data []byte) (width, height int, err error) {
	if len(data) < headerLength || data[0]&1 != 0 || data[3] != 0x9d || data[4] != 0x01 || data[5] != 0x2a {
		return 0, 0, ErrNotKeyframe
	}
	width = int(binary.LittleEndian.Uint16(data[6:]) & 0x3fff)
	height = int(binary.LittleEndian.Uint16(data[8:]) & 0x3fff)
	first := int(data[0])>>5 | int(data[1])<<3 | int(data[2])<<11 // bytes of the first partition
	switch {
	case len(data) > MaxBytes, width > MaxSide, height > MaxSide, width < minSide, height < minSide, width*height > MaxPixels:
		return 0, 0, ErrSize
	case data[0]&0x10 == 0:
		return 0, 0, ErrHidden
	case first > len(data)-headerLength:
		return 0, 0, ErrTruncated
	}
	return width, height, nil
}
