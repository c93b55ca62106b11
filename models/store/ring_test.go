package store

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestARingIsAQueueThatForgetsItsOldest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 200).Draw(t, "limit")
		r := ring[int]{limit: limit}
		var want []int
		for i := range rapid.IntRange(0, 600).Draw(t, "steps") {
			if len(want) > 0 && rapid.IntRange(0, 2).Draw(t, "pop") == 0 {
				if got := r.pop(); got != want[0] {
					t.Fatalf("popped %d, want %d", got, want[0])
				}
				want = want[1:]
				continue
			}
			dropped := r.push(i)
			if dropped != (len(want) == limit) {
				t.Fatalf("dropped %v with %d of %d", dropped, len(want), limit)
			}
			if want = append(want, i); dropped {
				want = want[1:]
			}
		}
		if r.len() != len(want) {
			t.Fatalf("length %d, want %d", r.len(), len(want))
		}
		var got []int
		for r.len() > 0 {
			got = append(got, r.pop())
		}
		if !slices.Equal(got, want) {
			t.Fatalf("left %v, want %v", got, want)
		}
	})
}
