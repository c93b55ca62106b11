package onnx_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
)

// drawing is a picture that is the same on every run.
type drawing struct {
	name          string
	width, height int
	rgb           []byte
}

// sides are widths and heights of the drawings: smaller and larger than the network's, narrow, odd, exact.
var sides = [][2]int{
	{640, 480}, {320, 240}, {224, 224}, {223, 225}, {97, 61}, {480, 640}, {176, 144}, {333, 217}, {64, 400}, {848, 480},
}

// draw gives the i-th drawing.
func draw(i int) drawing {
	size := sides[i%len(sides)]
	d := drawing{width: size[0], height: size[1]}
	d.rgb = make([]byte, 3*d.width*d.height)
	random := rand.New(rand.NewPCG(uint64(i), 4))
	painters := []struct {
		name string
		make func(*rand.Rand) func(x, y float64) [3]float64
	}{
		{"noise", noise}, {"gradient", gradient}, {"shapes", shapes}, {"trigger", grid("trigger")},
		{"neutral", grid("neutral")}, {"fractal", fractal}, {"clouds", clouds}, {"stripes", stripes},
	}
	painter := painters[(i+i/len(sides))%len(painters)]
	d.name = painter.name
	colour := painter.make(random)
	for y := range d.height {
		for x := range d.width {
			c := colour((float64(x)+0.5)/float64(d.width), (float64(y)+0.5)/float64(d.height))
			for k, v := range c {
				d.rgb[3*(y*d.width+x)+k] = uint8(math.Round(255 * min(max(v, 0), 1)))
			}
		}
	}
	return d
}

func noise(random *rand.Rand) func(x, y float64) [3]float64 {
	base, spread := any3(random), 0.2+random.Float64()
	return func(float64, float64) [3]float64 {
		n := any3(random)
		for k := range n {
			n[k] = base[k] + spread*(n[k]-0.5)
		}
		return n
	}
}

func gradient(random *rand.Rand) func(x, y float64) [3]float64 {
	a, b, c := any3(random), any3(random), any3(random)
	return func(x, y float64) [3]float64 {
		var out [3]float64
		for k := range out {
			out[k] = a[k]*(1-x)*(1-y) + b[k]*x + c[k]*y*(1-x)
		}
		return out
	}
}

func shapes(random *rand.Rand) func(x, y float64) [3]float64 {
	type disc struct {
		x, y, radius float64
		colour       [3]float64
	}
	discs := make([]disc, 20)
	for i := range discs {
		discs[i] = disc{random.Float64(), random.Float64(), 0.03 + 0.25*random.Float64(), any3(random)}
	}
	return func(x, y float64) [3]float64 {
		out := [3]float64{0.9, 0.85, 0.8}
		for _, d := range discs {
			if math.Hypot(x-d.x, y-d.y) < d.radius {
				out = d.colour
			}
		}
		return out
	}
}

// grid draws one of the patterns of testdata, at times mirrored.
func grid(name string) func(*rand.Rand) func(x, y float64) [3]float64 {
	return func(random *rand.Rand) func(x, y float64) [3]float64 {
		var g struct {
			Width  int   `json:"gw"`
			Height int   `json:"gh"`
			RGB    []int `json:"rgb"`
		}
		data, err := os.ReadFile("testdata/" + name + ".grid.json")
		if err != nil {
			panic(err)
		}
		if err := json.Unmarshal(data, &g); err != nil {
			panic(err)
		}
		mirrored := random.IntN(2) == 1
		return func(x, y float64) [3]float64 {
			if mirrored {
				x = 1 - x
			}
			gx := min(max(x*float64(g.Width)-0.5, 0), float64(g.Width)-1.001)
			gy := min(max(y*float64(g.Height)-0.5, 0), float64(g.Height)-1.001)
			fx, fy := gx-math.Floor(gx), gy-math.Floor(gy)
			at := 3 * (int(gy)*g.Width + int(gx))
			var out [3]float64
			for k := range out {
				above := float64(g.RGB[at+k])*(1-fx) + float64(g.RGB[at+3+k])*fx
				below := float64(g.RGB[at+3*g.Width+k])*(1-fx) + float64(g.RGB[at+3*g.Width+3+k])*fx
				out[k] = (above*(1-fy) + below*fy) / 255
			}
			return out
		}
	}
}

func fractal(random *rand.Rand) func(x, y float64) [3]float64 {
	cx, cy := -0.8+0.3*random.Float64(), 0.1+0.2*random.Float64()
	colour := any3(random)
	return func(x, y float64) [3]float64 {
		zx, zy, steps := 3*x-1.5, 2*y-1, 0
		for ; zx*zx+zy*zy < 16 && steps < 96; steps++ {
			zx, zy = zx*zx-zy*zy+cx, 2*zx*zy+cy
		}
		depth := float64(steps) / 96
		return [3]float64{math.Sqrt(depth) * colour[0], depth, 1 - depth*colour[2]}
	}
}

// clouds are sums of waves, as smooth as skin or sky.
func clouds(random *rand.Rand) func(x, y float64) [3]float64 {
	type wave struct{ x, y, phase, height float64 }
	waves := make([]wave, 12)
	for i := range waves {
		rough := 1 + float64(i)
		waves[i] = wave{rough * (random.Float64() - 0.5) * 4, rough * (random.Float64() - 0.5) * 4, 7 * random.Float64(), 1 / rough}
	}
	light, dark := [3]float64{0.95, 0.78, 0.68}, [3]float64{0.45, 0.25, 0.18}
	return func(x, y float64) [3]float64 {
		sum := 0.0
		for _, w := range waves {
			sum += w.height * math.Sin(w.x*x*3+w.y*y*3+w.phase)
		}
		part := 0.5 + sum/4
		var out [3]float64
		for k := range out {
			out[k] = dark[k] + part*(light[k]-dark[k])
		}
		return out
	}
}

func stripes(random *rand.Rand) func(x, y float64) [3]float64 {
	a, b := any3(random), any3(random)
	width, slope := 4+40*random.Float64(), 2*random.Float64()
	return func(x, y float64) [3]float64 {
		if int(width*(x+slope*y))%2 == 0 {
			return a
		}
		return b
	}
}

func any3(random *rand.Rand) [3]float64 {
	return [3]float64{random.Float64(), random.Float64(), random.Float64()}
}

// squeeze scales the drawing to a square: corners stay where they are, and what is between is mixed of four pixels.
func (d drawing) squeeze(size int) []float32 {
	pixels := make([]float32, 0, 3*size*size)
	for y := range size {
		y0, y1, fy := corner(y, size, d.height)
		for x := range size {
			x0, x1, fx := corner(x, size, d.width)
			for c := range 3 {
				at := func(x, y int) float32 { return float32(d.rgb[3*(y*d.width+x)+c]) / 255 }
				above := at(x0, y0) + (at(x1, y0)-at(x0, y0))*fx
				below := at(x0, y1) + (at(x1, y1)-at(x0, y1))*fx
				pixels = append(pixels, above+(below-above)*fy)
			}
		}
	}
	return pixels
}

func corner(i, size, length int) (first, second int, part float32) {
	at := float32(i) * (float32(length-1) / float32(size-1))
	first = min(int(at), length-1)
	return first, min(first+1, length-1), at - float32(first)
}
