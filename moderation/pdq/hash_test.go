package pdq_test

import (
	"errors"
	"strings"
	"testing"

	"omezle/moderation/pdq"
)

func parse(t testing.TB, s string) pdq.Hash {
	t.Helper()
	h, err := pdq.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// The hashes and distances are those of the regression test that is published with the algorithm (facebook/ThreatExchange,
// pdq: hashtool256 matrix).
func TestDistancesAreThePublishedOnes(t *testing.T) {
	hashes := []string{
		"2b9c22a4d7d2244ce402fcc9dbe8e643356ac12184af5d6c7f19aec7c422ce38",
		"2b9c22a4d8d2244ce402fcc9dbe8e643356ac12184af5d6c7f19aec7c422ce38",
		"f01a16252f5906ed468061d06ec37ba206c87c19282f66e29514bd305d8f4bbd",
		"f01a16252f5906ed468061d06ec37ba206c87c19282f66e29514bd305d8f4bcd",
		strings.Repeat("0", 64),
		strings.Repeat("f", 64),
	}
	want := [][]int{
		{0, 4, 122, 125, 124, 132},
		{4, 0, 124, 127, 122, 134},
		{122, 124, 0, 3, 120, 136},
		{125, 127, 3, 0, 119, 137},
		{124, 122, 120, 119, 0, 256},
		{132, 134, 136, 137, 256, 0},
	}
	for i, a := range hashes {
		for j, b := range hashes {
			if got := pdq.Distance(parse(t, a), parse(t, b)); got != want[i][j] {
				t.Errorf("%s and %s: %d, want %d", a, b, got, want[i][j])
			}
		}
	}
}

// In the same test the hash of a picture and the hash of the picture flipped along its main diagonal are told. The second
// comes from the transposed coefficients, so its bits are the first's transposed: which bit is which is thereby checked.
func TestTheOrderOfBitsIsThePublishedOne(t *testing.T) {
	original := parse(t, "f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22")
	flipped := parse(t, "f0a1f102f1dcc0bd9c5309720fff018de34ef1e8ada9a956d2967ade0ea91a50")
	bit := func(h pdq.Hash, row, column int) byte {
		k := row*16 + column
		return h[31-k/8] >> (k % 8) & 1
	}
	for row := range 16 {
		for column := range 16 {
			if bit(original, row, column) != bit(flipped, column, row) {
				t.Errorf("bit %d, %d is not bit %d, %d of the other", row, column, column, row)
			}
		}
	}
}

func TestTextAndHashAreTheSame(t *testing.T) {
	text := "2b9c22a4d7d2244ce402fcc9dbe8e643356ac12184af5d6c7f19aec7c422ce38"
	if got := parse(t, strings.ToUpper(text)).String(); got != text {
		t.Errorf("read as %s", got)
	}
	for _, bad := range []string{"", text[1:], text + "0", "g" + text[1:], " " + text[1:]} {
		if _, err := pdq.Parse(bad); !errors.Is(err, pdq.ErrBadHash) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
