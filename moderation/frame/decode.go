package frame

import (
	"bytes"
	"fmt"
	"image"
	"io"

	"golang.org/x/image/vp8"
)

// padding is appended to a frame before it is decoded: the decoder reads a little beyond a partition's end.
var padding [64]byte

// Decode decodes one VP8 keyframe. The memory it takes is bounded by MaxPixels, and a panic of the decoder is an
// error like any other; errors wrap ErrUndecodable. The picture's samples are BT.601 limited range, whatever package
// color thinks. Safe for concurrent use.
func Decode(data []byte) (picture *image.YCbCr, err error) {
	width, height, err := Check(data)
	if err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			picture, err = nil, fmt.Errorf("%w: panic: %v", ErrBroken, r)
		}
	}()
	// A new decoder each time: a used one keeps the size and the loop filter of the frame before.
	d := vp8.NewDecoder()
	d.Init(io.MultiReader(bytes.NewReader(data), bytes.NewReader(padding[:])), len(data)+len(padding))
	if _, err := d.DecodeFrameHeader(); err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrBroken, err)
	}
	picture, err = d.DecodeFrame()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if picture.Rect.Dx() != width || picture.Rect.Dy() != height {
		return nil, fmt.Errorf("%w: %v instead of %dx%d", ErrBroken, picture.Rect, width, height)
	}
	return picture, nil
}
