package evidence_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"testing"
	"time"

	"golang.org/x/image/vp8"
	"golang.org/x/image/webp"

	"omezle/models"
	"omezle/moderation/evidence"
	"omezle/moderation/pdq"
)

func decode(frame []byte) (*image.YCbCr, error) {
	d := vp8.NewDecoder()
	d.Init(bytes.NewReader(frame), len(frame))
	if _, err := d.DecodeFrameHeader(); err != nil {
		return nil, err
	}
	return d.DecodeFrame()
}

func TestAStillIsAPictureWithItsHash(t *testing.T) {
	d := newDesk(t, lite(t))
	stills := &evidence.Stills{
		Vault: d.Vault, Decode: decode,
		Hash: func(picture *image.YCbCr) ([32]byte, int) { return pdq.Of(picture) },
	}
	flag := models.NewFlagID()
	frame := fixture(t, "mandelbrot.vp8")
	row, err := stills.PutStill(t.Context(), flag, evidence.Still{Frame: frame, Width: 320, Height: 240, Scores: map[string]float64{"Porn": 0.9}, At: time.Now()})
	must(t, err)
	want, err := decode(frame)
	must(t, err)
	hash, quality := pdq.Of(want)
	if !bytes.Equal(row.PDQ, hash[:]) || row.Quality != quality || row.MediaType != "image/webp" || row.Width != 320 || row.Kind != models.EvidenceStill {
		t.Errorf("kept as %+v", row)
	}
	file, _, err := d.Open(t.Context(), row.ID)
	must(t, err)
	picture, err := webp.Decode(bytes.NewReader(file))
	must(t, err)
	if picture.Bounds().Dx() != 320 {
		t.Errorf("a picture of %v", picture.Bounds())
	}

	stills.Decode = func([]byte) (*image.YCbCr, error) { return nil, errors.New("not today") }
	row, err = stills.PutStill(t.Context(), flag, evidence.Still{Frame: frame, At: time.Now()})
	must(t, err)
	if len(row.PDQ) != 0 {
		t.Errorf("hash %x of what does not decode", row.PDQ)
	}
	if _, err := stills.PutStill(t.Context(), flag, evidence.Still{Frame: []byte("no frame at all"), At: time.Now()}); !errors.Is(err, evidence.ErrNoKeyframe) {
		t.Errorf("no keyframe: %v", err)
	}
}

func TestOfAConversationTheLastTwentyLinesAreKept(t *testing.T) {
	d := newDesk(t, lite(t))
	stills := &evidence.Stills{Vault: d.Vault}
	var lines []models.ChatLine
	for i := range 30 {
		lines = append(lines, models.ChatLine{Session: models.NewSessionID(), Text: fmt.Sprint("line ", i), At: time.Now()})
	}
	row, err := stills.PutChat(t.Context(), evidence.Case{Flag: models.NewFlagID()}, lines)
	must(t, err)
	data, _, err := d.Open(t.Context(), row.ID)
	must(t, err)
	var kept []models.ChatLine
	must(t, json.Unmarshal(data, &kept))
	if len(kept) != 20 || kept[0].Text != "line 10" || kept[19].Text != "line 29" {
		t.Errorf("kept %d lines from %q on", len(kept), kept[0].Text)
	}
	if _, err := stills.PutChat(t.Context(), evidence.Case{Flag: models.NewFlagID()}, nil); !errors.Is(err, models.ErrInvalid) {
		t.Errorf("no line: %v", err)
	}
}
