package webp_test

import (
	"bytes"
	"errors"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/image/vp8"
	"golang.org/x/image/webp"

	container "omezle/moderation/evidence/webp"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", name))
	must(t, err)
	return data
}

var frames = []string{"bars.vp8", "mandelbrot.vp8", "odd.vp8"}

// decodeVP8 is the picture of a keyframe without a container.
func decodeVP8(t testing.TB, frame []byte) *image.YCbCr {
	t.Helper()
	d := vp8.NewDecoder()
	d.Init(bytes.NewReader(frame), len(frame))
	_, err := d.DecodeFrameHeader()
	must(t, err)
	picture, err := d.DecodeFrame()
	must(t, err)
	return picture
}

func TestAKeyframeAsWebPShowsTheSamePicture(t *testing.T) {
	for _, name := range frames {
		for _, extra := range [][]byte{nil, {0}} { // an odd size is padded
			frame := append(fixture(t, name), extra...)
			file, err := container.File(frame)
			must(t, err)
			if len(file)%2 != 0 {
				t.Errorf("%s: %d bytes", name, len(file))
			}
			got, err := webp.Decode(bytes.NewReader(file))
			must(t, err)
			picture, want := got.(*image.YCbCr), decodeVP8(t, frame)
			if picture.Rect != want.Rect || !bytes.Equal(picture.Y, want.Y) || !bytes.Equal(picture.Cb, want.Cb) || !bytes.Equal(picture.Cr, want.Cr) {
				t.Errorf("%s: another picture of %v", name, picture.Rect)
			}
		}
	}
}

// libwebp is what browsers show WebP with.
func TestLibwebpShowsTheSamePicture(t *testing.T) {
	dwebp, err := exec.LookPath("dwebp")
	if err != nil {
		t.Fatal("dwebp is not installed: apt-get install -y --no-install-recommends webp")
	}
	for _, name := range frames {
		frame := fixture(t, name)
		file, err := container.File(frame)
		must(t, err)
		path := filepath.Join(t.TempDir(), "still.webp")
		must(t, os.WriteFile(path, file, 0o600))
		planes, err := exec.CommandContext(t.Context(), dwebp, "-quiet", "-yuv", path, "-o", "-").Output()
		must(t, err)
		picture := decodeVP8(t, frame)
		for y := range picture.Rect.Dy() {
			width := picture.Rect.Dx()
			if !bytes.Equal(planes[y*width:(y+1)*width], picture.Y[y*picture.YStride:][:width]) {
				t.Fatalf("%s: another picture in row %d", name, y)
			}
		}
	}
}

func TestWhatIsNoKeyframeIsNoWebP(t *testing.T) {
	frame := fixture(t, "bars.vp8")
	change := func(at int, to byte) []byte {
		changed := bytes.Clone(frame)
		changed[at] = to
		return changed
	}
	for name, data := range map[string][]byte{
		"nothing":               nil,
		"a header only":         frame[:9],
		"an interframe":         change(0, frame[0]|1),
		"hidden":                change(0, frame[0]&^16),
		"profile 7":             change(0, frame[0]|14),
		"no start code":         change(3, 0),
		"cut in partition 0":    frame[:20],
		"partition 0 too large": change(2, 255),
		"larger than 1 MiB":     append(bytes.Clone(frame), make([]byte, 1<<20)...),
	} {
		if file, err := container.File(data); !errors.Is(err, container.ErrNoKeyframe) || file != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzWebP(f *testing.F) {
	for _, name := range frames {
		f.Add(fixture(f, name))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		file, err := container.File(frame)
		if err != nil {
			return
		}
		config, err := webp.DecodeConfig(bytes.NewReader(file))
		if err != nil {
			t.Fatalf("a file without a header: %v", err)
		}
		if config.Width == 0 || config.Height == 0 || config.Width > 1<<14 || config.Height > 1<<14 {
			t.Fatalf("a picture of %dx%d", config.Width, config.Height)
		}
		if !bytes.Equal(file[20:20+len(frame)], frame) {
			t.Fatal("the frame was changed")
		}
	})
}
