package preview

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
)

const (
	smallWidth = 64  // pixels that are left of the width
	fullWidth  = 320 // of the answer
	tallest    = 4   // widths that a preview is high at the most, whatever the still claims
	blurRadius = 2   // of one pass, in small pixels
	blurPasses = 3   // which together are close to a Gaussian of 2.4 small pixels
)

// PNG returns the preview of a still, 320 pixels wide. It returns ErrFormat or ErrTooLarge.
func PNG(data []byte) ([]byte, error) {
	still, err := decode(data)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, enlarge(blur(shrink(still)))); err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	return out.Bytes(), nil
}

// plane is a small picture of brightness.
type plane struct {
	w, h int
	at   []float32
}

// shrink takes the mean of each box, so that what is finer than a box is gone.
func shrink(p *image.Gray) plane {
	width, height := p.Rect.Dx(), p.Rect.Dy()
	w := min(smallWidth, width)
	h := min(max(1, (height*w+width/2)/width), tallest*smallWidth)
	small := plane{w, h, make([]float32, w*h)}
	for y := range h {
		top, bottom := y*height/h, max((y+1)*height/h, y*height/h+1)
		for x := range w {
			left, right := x*width/w, max((x+1)*width/w, x*width/w+1)
			sum := 0
			for row := top; row < bottom; row++ {
				for _, v := range p.Pix[row*p.Stride+left : row*p.Stride+right] {
					sum += int(v)
				}
			}
			small.at[y*w+x] = float32(sum) / float32((bottom-top)*(right-left))
		}
	}
	return small
}

// blur takes the mean of the surroundings in both directions, several times.
func blur(p plane) plane {
	for range blurPasses {
		p = mean(p, p.w, p.h, 1, p.w) // along rows
		p = mean(p, p.h, p.w, p.w, 1) // along columns
	}
	return p
}

// mean filters lines of n values step apart, of which there are lines, next apart. Edges are repeated.
func mean(p plane, n, lines, step, next int) plane {
	out := plane{p.w, p.h, make([]float32, len(p.at))}
	for line := range lines {
		for i := range n {
			sum := float32(0)
			for k := i - blurRadius; k <= i+blurRadius; k++ {
				sum += p.at[line*next+min(max(k, 0), n-1)*step]
			}
			out.at[line*next+i*step] = sum / (2*blurRadius + 1)
		}
	}
	return out
}

// enlarge draws lines between the small pixels.
func enlarge(p plane) *image.Gray {
	width := fullWidth
	height := min(max(1, p.h*fullWidth/p.w), tallest*fullWidth)
	out := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		y0, y1, fy := between(y, height, p.h)
		for x := range width {
			x0, x1, fx := between(x, width, p.w)
			top := p.at[y0*p.w+x0]*(1-fx) + p.at[y0*p.w+x1]*fx
			bottom := p.at[y1*p.w+x0]*(1-fx) + p.at[y1*p.w+x1]*fx
			out.Pix[y*out.Stride+x] = uint8(top*(1-fy) + bottom*fy + 0.5)
		}
	}
	return out
}

// between is where pixel i of n lies among the small ones, and how far it is to the second.
func between(i, n, small int) (first, second int, part float32) {
	at := (float32(i)+0.5)*float32(small)/float32(n) - 0.5
	at = min(max(at, 0), float32(small-1))
	first = int(at)
	return first, min(first+1, small-1), at - float32(first)
}
