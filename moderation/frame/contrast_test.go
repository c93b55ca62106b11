package frame

import (
	"image"
	"math/rand/v2"
	"testing"
)

func TestWhatHasAPictureHasSpread(t *testing.T) {
	for name, data := range keyframes(t) {
		picture, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		spread := Spread(picture)
		t.Logf("%s: %d", name, spread)
		if dim := name == "dim"; dim != (spread < DefaultConfig().MinSpread) {
			t.Errorf("%s: spread %d", name, spread)
		}
	}
}

func TestNoiseLampsAndLetterboxesAreNoPicture(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	grey := func(change func(x, y int) int) *image.YCbCr {
		picture := image.NewYCbCr(image.Rect(0, 0, 640, 480), image.YCbCrSubsampleRatio420)
		for y := range 480 {
			for x := range 640 {
				picture.Y[y*picture.YStride+x] = uint8(max(0, min(40+change(x, y), 255)))
			}
		}
		return picture
	}
	for name, picture := range map[string]*image.YCbCr{
		"even":    grey(func(int, int) int { return 0 }),
		"noise":   grey(func(int, int) int { return random.IntN(80) - 40 }),
		"shading": grey(func(x, y int) int { return (x + y) / 100 }),
		"a lamp": grey(func(x, y int) int {
			if x < 60 && y < 60 {
				return 200
			}
			return 0
		}),
	} {
		if spread := Spread(picture); spread >= DefaultConfig().MinSpread {
			t.Errorf("%s: spread %d", name, spread)
		}
	}
}
