package frame

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"testing"
)

func TestEveryRealKeyframeIsDecoded(t *testing.T) {
	for name, data := range keyframes(t) {
		width, height, err := Check(data)
		if err != nil {
			t.Fatal(name, err)
		}
		picture, err := Decode(data)
		if err != nil || picture.Rect.Dx() != width || picture.Rect.Dy() != height {
			t.Errorf("%s: %v, %v", name, picture.Rect, err)
		}
	}
}

// allocated runs f and returns the bytes that it allocated.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestAHugeClaimTakesNoMemory(t *testing.T) {
	data := claiming(16383, 16383)
	taken := allocated(func() {
		for range 1000 {
			if _, err := Decode(data); !errors.Is(err, ErrSize) {
				t.Fatal(err)
			}
		}
	})
	t.Logf("1000 frames of %d bytes that claim 16383x16383: %d bytes allocated", len(data), taken)
	if taken > 1<<20 {
		t.Errorf("%d bytes", taken)
	}
}

func TestTruncatedAndMutatedKeyframesNeverPanicAndTakeBoundedMemory(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 2))
	const rounds = 24
	decoded, refused := 0, 0
	for name, data := range keyframes(t) {
		most := uint64(0)
		for round := range rounds {
			mutant := mutate(random, data, round)
			most = max(most, allocated(func() {
				switch _, err := Decode(mutant); {
				case err == nil:
					decoded++
				case errors.Is(err, ErrUndecodable):
					refused++
				default:
					t.Errorf("%s: an error that does not blame the sender: %v", name, err)
				}
			}))
		}
		if limit := uint64(4*MaxPixels + 2*MaxBytes); most > limit {
			t.Errorf("%s: %d bytes for one frame, limit %d", name, most, limit)
		}
	}
	t.Logf("%d decoded anyway, %d refused", decoded, refused)
}

// mutate cuts a frame, or changes some of its bytes, more often those of its headers.
func mutate(random *rand.Rand, data []byte, round int) []byte {
	mutant := append([]byte(nil), data...)
	if round%3 == 0 {
		return mutant[:random.IntN(len(mutant))]
	}
	reach := len(mutant)
	if round%3 == 1 {
		reach = 64
	}
	for range 1 + random.IntN(8) {
		mutant[random.IntN(reach)] = byte(random.Uint32())
	}
	return mutant
}

// shrunk is a frame whose header claims a small size: the decoder then reads part of real data, and fast.
func shrunk(data []byte, width, height byte) []byte {
	data = append([]byte(nil), data...)
	data[6], data[7], data[8], data[9] = width, 0, height, 0
	return data
}

func FuzzKeyframe(f *testing.F) {
	for _, data := range keyframes(f) {
		f.Add(shrunk(data, 48, 32)[:min(len(data), 4000)])
		f.Add(shrunk(data, 33, 17)[:len(data)/4])
	}
	f.Add(claiming(16383, 16383))
	f.Add(claiming(2048, 1056))
	const size = 16
	f.Fuzz(func(t *testing.T, data []byte) {
		width, height, err := Check(data)
		if err != nil {
			return
		}
		if width > MaxSide || height > MaxSide || width*height > MaxPixels {
			t.Fatalf("%dx%d passes", width, height)
		}
		if width*height > 128*128 {
			return // the same code, more slowly
		}
		picture, err := Decode(data)
		if err != nil {
			if !errors.Is(err, ErrUndecodable) {
				t.Fatal(err)
			}
			return
		}
		if spread := Spread(picture); spread < 0 || spread > 255 {
			t.Fatalf("spread %d", spread)
		}
		pixels := make([]float32, size*size*3)
		Fill(pixels, picture, size)
		for _, p := range pixels {
			if p < 0 || p > 1 || p != p {
				t.Fatalf("a pixel of %v", p)
			}
		}
	})
}
