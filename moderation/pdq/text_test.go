package pdq_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"omezle/models"
	"omezle/moderation/pdq"
)

const (
	hashA = "2b9c22a4d7d2244ce402fcc9dbe8e643356ac12184af5d6c7f19aec7c422ce38"
	hashB = "f01a16252f5906ed468061d06ec37ba206c87c19282f66e29514bd305d8f4bbd"
)

func TestHashesAreReadAsOthersWriteThem(t *testing.T) {
	a, b := parse(t, hashA), parse(t, hashB)
	for name, row := range map[string]struct {
		text string
		want []models.Hash
	}{
		"hashes alone": {hashA + "\n" + hashB + "\n", []models.Hash{{PDQ: a[:], Quality: 100}, {PDQ: b[:], Quality: 100}}},
		"pdq-photo-hasher": {hashA + ",88,./input/bridge-1-original.jpg\n",
			[]models.Hash{{PDQ: a[:], Quality: 88, Label: "./input/bridge-1-original.jpg"}}},
		"header, comment, empty line, Windows": {"\ufeffhash,quality,label\r\n# ours\r\n\r\n" + strings.ToUpper(hashB) + ", 7 , x, y\r\n",
			[]models.Hash{{PDQ: b[:], Quality: 7, Label: "x, y"}}},
		"quoted label": {hashA + `,50,"a ""b"", c"`, []models.Hash{{PDQ: a[:], Quality: 50, Label: `a "b", c`}}},
		"nothing":      {"", nil},
	} {
		got, err := pdq.ReadText(strings.NewReader(row.text))
		if err != nil || !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestEveryWrongLineIsTold(t *testing.T) {
	text := hashA + "\nzz\n" + hashB + ",many\n" + hashB + ",101\n" + hashA + ",1," + strings.Repeat("x", 101) + "\n"
	hashes, err := pdq.ReadText(strings.NewReader(text))
	if !errors.Is(err, pdq.ErrBadText) || hashes != nil {
		t.Fatalf("%v, %v", hashes, err)
	}
	for _, part := range []string{"line 2: ", "line 3: ", "line 4: ", "line 5: "} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
	if _, err := pdq.ReadText(strings.NewReader(strings.Repeat("0", 2000))); !errors.Is(err, pdq.ErrBadText) {
		t.Errorf("a long line: %v", err)
	}
	if _, err := pdq.ReadText(strings.NewReader(strings.Repeat("?\n", 1000))); strings.Count(err.Error(), "line ") > 20 {
		t.Errorf("%d lines told", strings.Count(err.Error(), "line "))
	}
}

func FuzzText(f *testing.F) {
	f.Add([]byte(hashA + ",88,\"a, \"\"b\"\"\"\n#\n" + hashB))
	f.Fuzz(func(t *testing.T, text []byte) {
		hashes, err := pdq.ReadText(bytes.NewReader(text))
		if err != nil {
			return
		}
		var written bytes.Buffer
		if err := pdq.WriteText(&written, hashes); err != nil {
			t.Fatal(err)
		}
		again, err := pdq.ReadText(&written)
		if err != nil || len(again) != len(hashes) {
			t.Fatalf("wrote %d, read %d: %v", len(hashes), len(again), err)
		}
		for i := range hashes {
			if !reflect.DeepEqual(again[i].PDQ, hashes[i].PDQ) || again[i].Quality != hashes[i].Quality ||
				strings.NewReplacer("\r", " ").Replace(hashes[i].Label) != again[i].Label {
				t.Fatalf("wrote %+v, read %+v", hashes[i], again[i])
			}
		}
	})
}
