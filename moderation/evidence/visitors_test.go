package evidence_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"testing"
	"time"

	"omezle/models"
	"omezle/moderation/evidence"
	"omezle/moderation/pdq"
)

func fromVisitors(d *desk) *evidence.Stills {
	return &evidence.Stills{
		Vault: d.Vault, Decode: decode,
		HashImage: func(picture image.Image) ([32]byte, int) { return pdq.OfImage(picture) },
	}
}

// photo is a JPEG of a gradient.
func photo(t testing.TB, width, height int) []byte {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			picture.Set(x, y, color.RGBA{uint8(x), uint8(y), uint8(x * y), 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestAVisitorsPictureIsKeptWithoutWhatElseIsInTheFile(t *testing.T) {
	d := newDesk(t, lite(t))
	const secret = "52.5200N 13.4050E"
	sent := append(photo(t, 200, 150), secret...)
	report := models.NewReportID()
	row, err := fromVisitors(d).PutVisitorsStill(t.Context(), report, "image/jpeg", sent, time.Now())
	must(t, err)
	if row.Kind != models.EvidenceClientStill || row.Report != report || row.Width != 200 || row.Height != 150 || len(row.PDQ) != 32 {
		t.Errorf("kept as %+v", row)
	}
	file, _, err := d.Open(t.Context(), row.ID)
	must(t, err)
	if bytes.Contains(file, []byte(secret)) {
		t.Error("what was behind the picture is kept")
	}
	if picture, err := jpeg.Decode(bytes.NewReader(file)); err != nil || picture.Bounds().Dx() != 200 {
		t.Errorf("kept is no picture: %v", err)
	}
	_, err = fromVisitors(d).PutVisitorsStill(t.Context(), models.NewReportID(), "image/jpeg", photo(t, 1, 1), time.Now())
	must(t, err)
}

func TestWhatIsNoPictureOfAVisitorsIsRefused(t *testing.T) {
	d := newDesk(t, lite(t))
	wide := photo(t, 1025, 1)
	for name, sent := range map[string]struct {
		mediaType string
		data      []byte
	}{
		"nothing":          {"image/jpeg", nil},
		"half a picture":   {"image/jpeg", photo(t, 64, 64)[:200]},
		"another type":     {"image/svg+xml", []byte("<svg/>")},
		"a type that lies": {"image/webp", photo(t, 64, 64)},
		"too wide":         {"image/jpeg", wide},
		"too many bytes":   {"image/jpeg", append(photo(t, 64, 64), make([]byte, 64<<10)...)},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := fromVisitors(d).PutVisitorsStill(t.Context(), models.NewReportID(), sent.mediaType, sent.data, time.Now())
			if !errors.Is(err, models.ErrInvalid) {
				t.Errorf("error %v", err)
			}
		})
	}
}
