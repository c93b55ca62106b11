package pdq

import (
	"image"
	"image/color"
	"math"
	"slices"
	"sync"
)

const (
	side    = 64       // of what a picture is reduced to
	coefs   = 16       // of its DCT, both ways
	minSide = 5        // smaller pictures have no hash
	maxArea = 16 << 20 // pixels; larger pictures have no hash either

	passes       = 2  // of the box filter, both ways: together about a tent
	qualityScale = 90 // gradients that make one point of quality
)

// Of returns the hash of a picture as VP8 in WebRTC has it: BT.601 luma of limited range, 16 to 235. Quality, 0 to 100,
// says how much there is to tell the picture by; under MinQuality the hash should not be used. Pictures smaller than 5
// pixels a side or larger than 16 million have the zero Hash, of quality 0.
func Of(picture *image.YCbCr) (Hash, int) {
	size := picture.Rect.Size()
	return hash(size.X, size.Y, func(y int, row []float32) {
		from := picture.YOffset(picture.Rect.Min.X, picture.Rect.Min.Y+y)
		for x, luma := range picture.Y[from : from+size.X] {
			row[x] = fullRange[luma]
		}
	})
}

// fullRange stretches luma of limited range, as pictures elsewhere have it. The bits don't depend on that; quality does.
var fullRange = func() (table [256]float32) {
	for y := range table {
		table[y] = float32(math.Round(min(max(float64(y-16)*255/219, 0), 255)))
	}
	return table
}()

// OfImage is Of for a picture from a file.
func OfImage(picture image.Image) (Hash, int) {
	area := picture.Bounds()
	if grey, ok := picture.(*image.Gray); ok {
		return hash(area.Dx(), area.Dy(), func(y int, row []float32) {
			from := grey.PixOffset(area.Min.X, area.Min.Y+y)
			for x, luma := range grey.Pix[from : from+len(row)] {
				row[x] = float32(luma)
			}
		})
	}
	return hash(area.Dx(), area.Dy(), func(y int, row []float32) {
		for x := range row {
			c, _ := color.NRGBAModel.Convert(picture.At(area.Min.X+x, area.Min.Y+y)).(color.NRGBA)
			row[x] = 0.299*float32(c.R) + 0.587*float32(c.G) + 0.114*float32(c.B)
		}
	})
}

// Hashable says whether a picture of that size, in pixels, has a hash: it has 5 a side or more, and 16 million at the most.
func Hashable(width, height int) bool {
	return width >= minSide && height >= minSide && width <= maxArea/height
}

// buffers are those of one hash.
type buffers struct {
	full, other []float32
	sums        []float32
}

var pool = sync.Pool{New: func() any { return new(buffers) }}

// hash reduces a picture to 64x64, measures its gradients, and keeps of each of the lowest 16x16 frequencies, but the
// very lowest, whether it is above their median.
func hash(width, height int, luma func(y int, row []float32)) (Hash, int) {
	if !Hashable(width, height) {
		return Hash{}, 0
	}
	b, _ := pool.Get().(*buffers)
	defer pool.Put(b)
	b.full, b.other, b.sums = resize(b.full, width*height), resize(b.other, width*height), resize(b.sums, width)
	for y := range height {
		luma(y, b.full[y*width:(y+1)*width])
	}
	var small [side][side]float32
	if width == side && height == side {
		for y := range small {
			copy(small[y][:], b.full[y*side:])
		}
	} else {
		for range passes {
			boxRows(b.other, b.full, width, window(width))
			boxColumns(b.full, b.other, b.sums, width, height, window(height))
		}
		for y := range small {
			row := b.full[center(y, height)*width:]
			for x := range small[y] {
				small[y][x] = row[center(x, width)]
			}
		}
	}
	return bitsOf(frequencies(&small)), quality(&small)
}

func resize(s []float32, n int) []float32 { return slices.Grow(s[:0], n)[:n] }

// center is where in a side of n pixels the middle of the i-th of 64 parts is.
func center(i, n int) int { return int((float64(i) + 0.5) * float64(n) / side) }

// window is the width of the box: half a part, since there are two passes.
func window(n int) int { return (n + 2*side - 1) / (2 * side) }

// reach is how far a box of that width looks: around i from i-back on, before i+ahead. At the borders it is cut.
func reach(window int) (back, ahead int) {
	ahead = (window + 2) / 2
	return window - ahead, ahead
}

// boxRows averages along rows.
func boxRows(to, from []float32, width, window int) {
	back, ahead := reach(window)
	for start := 0; start < len(from); start += width {
		in, out := from[start:start+width], to[start:start+width]
		var sum float32
		for _, v := range in[:ahead-1] {
			sum += v
		}
		count := ahead - 1
		for i := range out {
			if i+ahead <= width {
				sum += in[i+ahead-1]
				count++
			}
			if i > back {
				sum -= in[i-back-1]
				count--
			}
			out[i] = sum / float32(count)
		}
	}
}

// boxColumns averages along columns, all of them at once, since memory lies in rows.
func boxColumns(to, from, sums []float32, width, height, window int) {
	back, ahead := reach(window)
	clear(sums)
	add := func(y int) {
		for x, v := range from[y*width : (y+1)*width] {
			sums[x] += v
		}
	}
	for y := range ahead - 1 {
		add(y)
	}
	count := ahead - 1
	for y := range height {
		if y+ahead <= height {
			add(y + ahead - 1)
			count++
		}
		if y > back {
			for x, v := range from[(y-back-1)*width : (y-back)*width] {
				sums[x] -= v
			}
			count--
		}
		out, n := to[y*width:(y+1)*width], float32(count)
		for x, sum := range sums {
			out[x] = sum / n
		}
	}
}

// quality counts gradients that are more than a hundredth of the range of luma.
func quality(small *[side][side]float32) int {
	sum := 0
	step := func(a, b float32) {
		sum += max(int((a-b)*100/255), int((b-a)*100/255))
	}
	for y := range small {
		for x := range small[y] {
			if y+1 < side {
				step(small[y][x], small[y+1][x])
			}
			if x+1 < side {
				step(small[y][x], small[y][x+1])
			}
		}
	}
	return min(sum/qualityScale, 100)
}

// cosines is the DCT from 64 values to frequencies 1 to 16.
var cosines = func() (table [coefs][side]float32) {
	scale := float32(math.Sqrt(2.0 / side))
	for i := range table {
		for j := range table[i] {
			table[i][j] = float32(float64(scale) * math.Cos(math.Pi/2/side*float64((i+1)*(2*j+1))))
		}
	}
	return table
}()

func frequencies(small *[side][side]float32) *[coefs][coefs]float32 {
	var half [coefs][side]float32
	for i := range half {
		for k, c := range &cosines[i] {
			for j, v := range &small[k] {
				half[i][j] += c * v
			}
		}
	}
	var full [coefs][coefs]float32
	for i := range full {
		for j := range full[i] {
			var sum float32
			for k, c := range &cosines[j] {
				sum += half[i][k] * c
			}
			full[i][j] = sum
		}
	}
	return &full
}

// bitsOf sets the bits of the frequencies above the median, the lower one of the two in the middle.
func bitsOf(full *[coefs][coefs]float32) (h Hash) {
	sorted := make([]float32, 0, coefs*coefs)
	for i := range full {
		sorted = append(sorted, full[i][:]...)
	}
	slices.Sort(sorted)
	median := sorted[len(sorted)/2-1]
	for i := range full {
		for j, v := range &full[i] {
			if k := i*coefs + j; v > median {
				h[Size-1-k/8] |= 1 << (k % 8)
			}
		}
	}
	return h
}
