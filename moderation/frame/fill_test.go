package frame

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"testing"
)

// resized is tfjs's resizeBilinear(alignCorners=true) of the whole picture as 8-bit RGB, as its CPU kernel reads, in
// double precision and without any short cut.
func resized(picture *image.YCbCr, size int) []float64 {
	width, height := picture.Rect.Dx(), picture.Rect.Dy()
	at := func(x, y int) [3]float64 {
		l := 1.164383 * (float64(picture.Y[y*picture.YStride+x]) - 16)
		u := float64(picture.Cb[y/2*picture.CStride+x/2]) - 128
		v := float64(picture.Cr[y/2*picture.CStride+x/2]) - 128
		rgb := [3]float64{l + 1.596027*v, l - 0.391762*u - 0.812968*v, l + 2.017232*u}
		for i := range rgb {
			rgb[i] = math.Round(max(0, min(rgb[i], 255)))
		}
		return rgb
	}
	var out []float64
	for r := range size {
		fromRow := float64(height-1) / float64(size-1) * float64(r)
		top, bottom := int(fromRow), min(height-1, int(math.Ceil(fromRow)))
		for c := range size {
			fromColumn := float64(width-1) / float64(size-1) * float64(c)
			left, right := int(fromColumn), min(width-1, int(math.Ceil(fromColumn)))
			a, b, d, e := at(left, top), at(right, top), at(left, bottom), at(right, bottom)
			for i := range 3 {
				above := a[i] + (b[i]-a[i])*(fromColumn-float64(left))
				below := d[i] + (e[i]-d[i])*(fromColumn-float64(left))
				out = append(out, (above+(below-above)*(fromRow-float64(top)))/255)
			}
		}
	}
	return out
}

func TestFillIsTheBrowsersResizeOfLimitedRangeColours(t *testing.T) {
	const size = 224
	for name, data := range keyframes(t) {
		picture, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		pixels := make([]float32, size*size*3)
		Fill(pixels, picture, size)
		worst, sum := 0.0, 0.0
		for i, want := range resized(picture, size) {
			d := math.Abs(want - float64(pixels[i]))
			worst, sum = max(worst, d), sum+d
		}
		// The fixed-point conversion and the exact one differ by one step of 255 at the most.
		if mean := sum / float64(len(pixels)); worst > 1.5/255 || mean > 0.2/255 {
			t.Errorf("%s: differs by up to %.5f, %.5f on average", name, worst, mean)
		}
	}
}

func TestFillTakesAnyShapeAndLeavesNothingBehind(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, shape := range [][2]int{{16, 16}, {640, 480}, {17, 333}, {224, 224}, {1280, 720}, {640, 480}} {
		picture := image.NewYCbCr(image.Rect(0, 0, shape[0], shape[1]), image.YCbCrSubsampleRatio420)
		for _, plane := range [][]byte{picture.Y, picture.Cb, picture.Cr} {
			for i := range plane {
				plane[i] = byte(random.Uint32())
			}
		}
		for _, size := range []int{224, 64, 299} {
			pixels := make([]float32, size*size*3)
			Fill(pixels, picture, size)
			for i, want := range resized(picture, size) {
				if math.Abs(want-float64(pixels[i])) > 1.5/255 {
					t.Fatalf("%v to %d: pixel %d is %v, want %v", shape, size, i, pixels[i], want)
				}
			}
		}
	}
}

func BenchmarkFill(b *testing.B) {
	for _, name := range []string{"trigger-240p-60k", "trigger-500k", "trigger-720p"} {
		picture, err := Decode(keyframe(b, name))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("%dx%d", picture.Rect.Dx(), picture.Rect.Dy()), func(b *testing.B) {
			pixels := make([]float32, 224*224*3)
			for b.Loop() {
				Fill(pixels, picture, 224)
			}
		})
	}
}
