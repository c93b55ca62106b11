package frame

import (
	"image"
	"sync"
)

// Fill writes size*size RGB pixels of 0 to 1 to pixels, row by row, channels last: the picture squeezed into a square
// as tfjs resizeBilinear(alignCorners=true) does it, which is what the browser's model sees. Each output pixel takes
// four pixels of the picture straight from its planes (chroma not interpolated), converted from BT.601 limited range
// and rounded to 8 bits as a canvas would. pixels has to hold size*size*3 numbers. Safe for concurrent use.
func Fill(pixels []float32, picture *image.YCbCr, size int) {
	width, height := picture.Rect.Dx(), picture.Rect.Dy()
	t := tapsOf(width, height, size)
	defer t.release()
	upper, lower := t.rows[0], t.rows[1]
	upperIs, lowerIs := -1, -1
	for y := range size {
		row := t.y[y]
		if row.first == lowerIs { // a picture that is enlarged: rows come again
			upper, lower, upperIs, lowerIs = lower, upper, lowerIs, upperIs
		}
		if row.first != upperIs {
			convert(upper, picture, row.first, t.x)
			upperIs = row.first
		}
		if row.second != lowerIs {
			convert(lower, picture, row.second, t.x)
			lowerIs = row.second
		}
		out := pixels[y*size*3:][:size*3]
		a, b := upper[:len(out)], lower[:len(out)]
		for i, above := range a {
			out[i] = (above + (b[i]-above)*row.share) * (1.0 / 255)
		}
	}
}

// tap says between which two samples of a line an output sample lies.
type tap struct {
	first, second int
	share         float32 // of second
}

// taps are where the samples of one size are taken from another, with room for two rows that are mixed.
type taps struct {
	width, height, size int
	x, y                []tap
	rows                [2][]float32
}

// tapsPool holds one taps for about each worker. They remember the last size, which mostly is the next one's.
var tapsPool = sync.Pool{New: func() any { return new(taps) }}

func (t *taps) release() { tapsPool.Put(t) }

func tapsOf(width, height, size int) *taps {
	t := tapsPool.Get().(*taps)
	if t.size != size {
		*t = taps{size: size, x: make([]tap, size), y: make([]tap, size)}
		t.rows = [2][]float32{make([]float32, size*3), make([]float32, size*3)}
	}
	if t.width != width {
		place(t.x, width)
		t.width = width
	}
	if t.height != height {
		place(t.y, height)
		t.height = height
	}
	return t
}

func place(line []tap, length int) {
	ratio := float32(0)
	if len(line) > 1 {
		ratio = float32(length-1) / float32(len(line)-1)
	}
	for i := range line {
		at := float32(i) * ratio
		first := min(int(at), length-1)
		line[i] = tap{first, min(first+1, length-1), at - float32(first)}
	}
}

// convert mixes the samples of one line of the picture, still 0 to 255.
func convert(out []float32, picture *image.YCbCr, y int, line []tap) {
	luma := picture.Y[y*picture.YStride:]
	cb := picture.Cb[(y>>1)*picture.CStride:]
	cr := picture.Cr[(y>>1)*picture.CStride:]
	for i, t := range line {
		r0, g0, b0 := rgb(luma[t.first], cb[t.first>>1], cr[t.first>>1])
		r1, g1, b1 := rgb(luma[t.second], cb[t.second>>1], cr[t.second>>1])
		o := out[i*3:][:3]
		o[0] = r0 + (r1-r0)*t.share
		o[1] = g0 + (g1-g0)*t.share
		o[2] = b0 + (b1-b0)*t.share
	}
}

// rgb converts BT.601 limited range, in 8-bit fixed point as libyuv does it.
func rgb(luma, cb, cr uint8) (r, g, b float32) {
	l := 298 * (int32(luma) - 16)
	u, v := int32(cb)-128, int32(cr)-128
	return clamp((l + 409*v + 128) >> 8), clamp((l - 100*u - 208*v + 128) >> 8), clamp((l + 516*u + 128) >> 8)
}

func clamp(v int32) float32 {
	if uint32(v) > 255 {
		if v < 0 {
			return 0
		}
		return 255
	}
	return float32(v)
}
