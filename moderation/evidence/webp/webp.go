package webp

import (
	"encoding/binary"
	"fmt"

	"omezle/models"
)

// MaxKeyframe is how many bytes a keyframe may have.
const MaxKeyframe = 1 << 20

// ErrNoKeyframe is returned for data that is not a whole VP8 keyframe's beginning.
var ErrNoKeyframe = fmt.Errorf("webp: not a VP8 keyframe: %w", models.ErrInvalid)

const (
	riffHeader     = 12 // "RIFF", size, "WEBP"
	chunkHeader    = 8  // "VP8 ", size
	keyframeHeader = 10 // RFC 6386 section 9.1
	maxPartition0  = 1<<19 - 1
)

// File returns a VP8 keyframe as a WebP file of the simple lossy format (RFC 9649 section 2.5). The picture is not
// coded again: the file is the very bytes that came, and 20 or 21 around them.
//
// A decoder of WebP demands what a decoder of VP8 does not: show_frame, and a first partition that ends within the
// data. A frame without them is refused.
func File(keyframe []byte) ([]byte, error) {
	if err := checkKeyframe(keyframe); err != nil {
		return nil, err
	}
	padded := len(keyframe) + len(keyframe)&1
	file := make([]byte, 0, riffHeader+chunkHeader+padded)
	file = append(file, "RIFF"...)
	file = binary.LittleEndian.AppendUint32(file, uint32(riffHeader-8+chunkHeader+padded)) //nolint:gosec // 1 MiB at the most
	file = append(file, "WEBPVP8 "...)
	file = binary.LittleEndian.AppendUint32(file, uint32(len(keyframe))) //nolint:gosec // as above
	file = append(file, keyframe...)
	if len(keyframe) < padded {
		file = append(file, 0)
	}
	return file, nil
}

func checkKeyframe(frame []byte) error {
	if len(frame) < keyframeHeader || len(frame) > MaxKeyframe {
		return fmt.Errorf("%w: %d bytes", ErrNoKeyframe, len(frame))
	}
	tag := uint32(frame[0]) | uint32(frame[1])<<8 | uint32(frame[2])<<16
	partition0 := int(tag >> 5 & maxPartition0)
	width, height := binary.LittleEndian.Uint16(frame[6:])&0x3fff, binary.LittleEndian.Uint16(frame[8:])&0x3fff
	switch {
	case tag&1 != 0:
		return fmt.Errorf("%w: an interframe", ErrNoKeyframe)
	case tag>>1&7 > 3:
		return fmt.Errorf("%w: profile %d", ErrNoKeyframe, tag>>1&7)
	case tag>>4&1 == 0:
		return fmt.Errorf("%w: not to be shown", ErrNoKeyframe)
	case frame[3] != 0x9d || frame[4] != 0x01 || frame[5] != 0x2a:
		return fmt.Errorf("%w: no start code", ErrNoKeyframe)
	case width == 0 || height == 0:
		return fmt.Errorf("%w: of %dx%d", ErrNoKeyframe, width, height)
	case partition0 == 0 || partition0 > len(frame)-keyframeHeader:
		return fmt.Errorf("%w: first partition of %d bytes in %d", ErrNoKeyframe, partition0, len(frame))
	}
	return nil
}
