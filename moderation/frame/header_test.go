package frame

import (
	"bytes"
	"errors"
	"testing"
)

func TestCheckRefusesWhatIsNotWorthADecoder(t *testing.T) {
	good := keyframe(t, "trigger-500k")
	changed := func(at int, value byte) []byte {
		data := bytes.Clone(good)
		data[at] = value
		return data
	}
	for _, row := range []struct {
		name string
		data []byte
		want error
	}{
		{"a keyframe", good, nil},
		{"the smallest", claiming(16, 16), nil},
		{"the largest", claiming(1920, 1088), nil},
		{"nothing", nil, ErrNotKeyframe},
		{"nine bytes", good[:9], ErrNotKeyframe},
		{"an interframe", changed(0, good[0]|1), ErrNotKeyframe},
		{"no start code", changed(3, 0x9c), ErrNotKeyframe},
		{"the largest claim", claiming(16383, 16383), ErrSize},
		{"too wide", claiming(2049, 100), ErrSize},
		{"too high", claiming(100, 2049), ErrSize},
		{"too many pixels", claiming(2048, 1088), ErrSize},
		{"no width", claiming(0, 480), ErrSize},
		{"a line", claiming(640, 1), ErrSize},
		{"more than a megabyte", append(bytes.Clone(good), make([]byte, MaxBytes)...), ErrSize},
		{"hidden", changed(0, good[0]&^0x10), ErrHidden},
		{"cut in the first partition", good[:40], ErrTruncated},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, _, err := Check(row.data)
			if !errors.Is(err, row.want) || (err != nil && !errors.Is(err, ErrUndecodable)) {
				t.Errorf("%v, want %v", err, row.want)
			}
		})
	}
	if allocs := testing.AllocsPerRun(100, func() { _, _, _ = Check(good) }); allocs != 0 {
		t.Errorf("%v allocations a check", allocs)
	}
}

func TestScalingBitsAreNoPartOfTheSize(t *testing.T) {
	data := bytes.Clone(keyframe(t, "trigger-500k"))
	data[7] |= 0xc0
	data[9] |= 0x40
	width, height, err := Check(data)
	if width != 640 || height != 480 || err != nil {
		t.Errorf("%dx%d, %v", width, height, err)
	}
}
