//go:build !race

package frame

import "testing"

// The race detector makes pools forget at random, so this is measured without.

func TestFillAllocatesNothing(t *testing.T) {
	picture, err := Decode(keyframe(t, "trigger-500k"))
	if err != nil {
		t.Fatal(err)
	}
	pixels := make([]float32, 224*224*3)
	if allocs := testing.AllocsPerRun(20, func() { Fill(pixels, picture, 224) }); allocs >= 1 {
		t.Errorf("%v allocations", allocs)
	}
}
