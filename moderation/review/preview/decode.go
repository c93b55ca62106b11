package preview

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"

	"golang.org/x/image/vp8"
)

// Errors of PNG.
var (
	// ErrFormat: it is neither a WebP with one keyframe nor a JPEG.
	ErrFormat = errors.New("preview: not a picture that is known")
	// ErrTooLarge: it claims more pixels than a still has.
	ErrTooLarge = errors.New("preview: too large")
)

// Bounds of a still: what the sampler takes of a camera.
const (
	maxBytes = 1<<20 + 1<<10 // a keyframe, and the file around it
	maxSide  = 2048
	maxArea  = 1920 * 1088
)

// decode returns the brightness of a still.
func decode(data []byte) (grey *image.Gray, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			grey, err = nil, fmt.Errorf("%w: decoder panicked: %v", ErrFormat, cause)
		}
	}()
	if len(data) > maxBytes {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(data))
	}
	if bytes.HasPrefix(data, []byte("RIFF")) {
		return decodeWebP(data)
	}
	return decodeJPEG(data)
}

func check(width, height int) error {
	if width < 1 || height < 1 {
		return fmt.Errorf("%w: no pixels", ErrFormat)
	}
	if width > maxSide || height > maxSide || width*height > maxArea {
		return fmt.Errorf("%w: %d x %d pixels", ErrTooLarge, width, height)
	}
	return nil
}

// decodeWebP reads the simple file format of RFC 9649, section 2.5: a RIFF header and one chunk "VP8 ", which is a keyframe
// of RFC 6386, section 9.1.
func decodeWebP(data []byte) (*image.Gray, error) {
	const riff, chunk, key = 12, 8, 10
	if len(data) < riff+chunk+key || string(data[8:16]) != "WEBPVP8 " {
		return nil, ErrFormat
	}
	frame := data[riff+chunk:]
	size := binary.LittleEndian.Uint32(data[16:])
	if size < key || uint64(size) > uint64(len(frame)) {
		return nil, fmt.Errorf("%w: truncated", ErrFormat)
	}
	frame = frame[:size]
	tag := uint32(frame[0]) | uint32(frame[1])<<8 | uint32(frame[2])<<16
	first := int(tag >> 5) // bytes of the first partition
	if tag&1 != 0 || frame[3] != 0x9d || frame[4] != 0x01 || frame[5] != 0x2a || first > len(frame)-key {
		return nil, fmt.Errorf("%w: no keyframe", ErrFormat)
	}
	width, height := int(binary.LittleEndian.Uint16(frame[6:])&0x3fff), int(binary.LittleEndian.Uint16(frame[8:])&0x3fff)
	if err := check(width, height); err != nil {
		return nil, err
	}
	const spare = 64 // the decoder reads beyond the last partition
	decoder := vp8.NewDecoder()
	decoder.Init(bytes.NewReader(append(frame[:len(frame):len(frame)], make([]byte, spare)...)), len(frame)+spare)
	if _, err := decoder.DecodeFrameHeader(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	picture, err := decoder.DecodeFrame()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return luma(picture), nil
}

func decodeJPEG(data []byte) (*image.Gray, error) {
	config, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if err := check(config.Width, config.Height); err != nil {
		return nil, err
	}
	picture, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if planes, ok := picture.(*image.YCbCr); ok {
		return luma(planes), nil
	}
	grey := image.NewGray(picture.Bounds().Sub(picture.Bounds().Min))
	draw.Draw(grey, grey.Bounds(), picture, picture.Bounds().Min, draw.Src)
	return grey, nil
}

// luma is the brightness plane, without a copy.
func luma(p *image.YCbCr) *image.Gray {
	return &image.Gray{Pix: p.Y[p.YOffset(p.Rect.Min.X, p.Rect.Min.Y):], Stride: p.YStride, Rect: p.Rect.Sub(p.Rect.Min)}
}
