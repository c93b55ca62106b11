package evidence

import (
	"errors"
	"testing"

	"omezle/models"
)

func FuzzVisitorsPicture(f *testing.F) {
	f.Add("image/jpeg", []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"))
	f.Add("image/webp", []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\r\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"))
	f.Fuzz(func(t *testing.T, mediaType string, data []byte) {
		picture, err := visitorsPicture(mediaType, data)
		switch {
		case err != nil && !errors.Is(err, models.ErrInvalid):
			t.Fatal(err)
		case err == nil && (picture.Bounds().Dx() > maxVisitorsSide || picture.Bounds().Dy() > maxVisitorsSide):
			t.Fatalf("a picture of %v", picture.Bounds())
		}
	})
}
