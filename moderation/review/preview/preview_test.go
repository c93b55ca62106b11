package preview

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"runtime"
	"testing"
)

// checkers is a keyframe of 640 x 480 as WebP: squares of 4 pixels, 20 and 230 bright in turns.
//
//go:embed testdata/checkers.webp
var checkers []byte

// halves is a JPEG of a dark left and a bright right half, with the same squares on top.
func halves(t testing.TB, width, height int) []byte {
	t.Helper()
	p := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			v := uint8(40)
			if x >= width/2 {
				v = 180
			}
			if (x/4+y/4)%2 == 0 {
				v += 60
			}
			p.SetGray(x, y, color.Gray{Y: v})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, p, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func previewOf(t testing.TB, still []byte) *image.Gray {
	t.Helper()
	data, err := PNG(still)
	if err != nil {
		t.Fatal(err)
	}
	p, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	grey, ok := p.(*image.Gray)
	if !ok {
		t.Fatalf("it has colours: %T", p)
	}
	return grey
}

// detail is the energy of the second differences along rows: what is left of anything fine.
func detail(p *image.Gray) float64 {
	energy, n := 0.0, 0
	for y := range p.Rect.Dy() {
		row := p.Pix[y*p.Stride:]
		for x := 1; x+1 < p.Rect.Dx(); x++ {
			d := float64(row[x-1]) - 2*float64(row[x]) + float64(row[x+1])
			energy += d * d
			n++
		}
	}
	return energy / float64(n)
}

func TestAPreviewKeepsTheRoughShapeAndNothingFine(t *testing.T) {
	for name, still := range map[string][]byte{"a keyframe": checkers, "a browser's picture": halves(t, 640, 480), "an upright one": halves(t, 480, 640)} {
		t.Run(name, func(t *testing.T) {
			before, err := decode(still)
			if err != nil {
				t.Fatal(err)
			}
			p := previewOf(t, still)
			if want := 320 * before.Rect.Dy() / before.Rect.Dx(); p.Rect.Dx() != 320 || p.Rect.Dy() < want-5 || p.Rect.Dy() > want+5 {
				t.Errorf("it has %v", p.Rect)
			}
			if was, is := detail(before), detail(p); was < 1000 || is > 1 {
				t.Errorf("detail was %.0f and is %.2f", was, is)
			}
		})
	}
	p := previewOf(t, halves(t, 640, 480))
	if left, right := p.GrayAt(20, 120).Y, p.GrayAt(300, 120).Y; left > 90 || right < 190 {
		t.Errorf("the halves are %d and %d bright", left, right)
	}
}

// claims is checkers with another size in its header.
func claims(width, height uint16) []byte {
	data := bytes.Clone(checkers)
	binary.LittleEndian.PutUint16(data[26:], width)
	binary.LittleEndian.PutUint16(data[28:], height)
	return data
}

func TestWhatIsNoStillIsRefusedBeforeItTakesMemory(t *testing.T) {
	big := halves(t, 16, 16)
	at := bytes.Index(big, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(big[at+5:], 16383)
	binary.BigEndian.PutUint16(big[at+7:], 16383)
	for name, row := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":                      {nil, ErrFormat},
		"text":                         {[]byte("a text that is longer than any header"), ErrFormat},
		"half of a keyframe":           {checkers[:len(checkers)/2], ErrFormat},
		"a header alone":               {checkers[:30], ErrFormat},
		"no pixels":                    {claims(0, 480), ErrFormat},
		"16383 x 16383 pixels":         {claims(16383, 16383), ErrTooLarge},
		"2048 x 2048 pixels":           {claims(2048, 2048), ErrTooLarge},
		"a JPEG of 16383 x 16383":      {big, ErrTooLarge},
		"more than a megabyte":         {make([]byte, maxBytes+1), ErrTooLarge},
		"a lossless WebP":              {append([]byte("RIFF\x00\x00\x00\x00WEBPVP8L"), make([]byte, 40)...), ErrFormat},
		"a frame that is no keyframe":  {append(append(bytes.Clone(checkers[:20]), checkers[20]|1), checkers[21:]...), ErrFormat},
		"a partition beyond the frame": {append(append(bytes.Clone(checkers[:20]), checkers[20], 0xff, 0xff), checkers[23:]...), ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := PNG(row.data)
			runtime.ReadMemStats(&after)
			if !errors.Is(err, row.want) {
				t.Errorf("error %v, want %v", err, row.want)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
				t.Errorf("it took %d bytes", n)
			}
		})
	}
}

func TestAStillOfAnyShapeHasABoundedPreview(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {1, 2048}, {2048, 1}, {3, 5}, {1920, 1088}, {64, 48}} {
		p := previewOf(t, halves(t, size[0], size[1]))
		if p.Rect.Dx() != fullWidth || p.Rect.Dy() > tallest*fullWidth || p.Rect.Dy() < 1 {
			t.Errorf("of %v: %v", size, p.Rect)
		}
	}
}

// Whatever a still holds, there is a preview or one of the two errors, and no panic.
func FuzzPNG(f *testing.F) {
	f.Add(checkers)
	f.Add(claims(16383, 16383))
	f.Add(halves(f, 32, 24))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := PNG(data); err != nil && !errors.Is(err, ErrFormat) && !errors.Is(err, ErrTooLarge) {
			t.Fatal(err)
		}
	})
}
