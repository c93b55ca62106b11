package evidence

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"time"

	"golang.org/x/image/webp"

	"omezle/models"
)

// Bounds of a picture that a visitor sends.
const (
	maxVisitorsBytes = 64 << 10
	maxVisitorsSide  = 1024 // pixels
	visitorsQuality  = 90   // of JPEG
)

// PutVisitorsStill keeps a picture that a visitor has sent with a report, JPEG or WebP. It is decoded, and coded anew as
// JPEG: nothing else that was in the file stays. An error that wraps models.ErrInvalid is the visitor's doing.
func (s *Stills) PutVisitorsStill(ctx context.Context, report models.ReportID, mediaType string, data []byte, at time.Time) (models.Evidence, error) {
	picture, err := visitorsPicture(mediaType, data)
	if err != nil {
		return models.Evidence{}, err
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: visitorsQuality}); err != nil {
		return models.Evidence{}, fmt.Errorf("evidence: code a visitor's picture: %w", err)
	}
	hash, quality := s.HashImage(picture)
	return s.Vault.Put(ctx, Item{
		Report: report, Kind: models.EvidenceClientStill, MediaType: "image/jpeg", Data: out.Bytes(),
		Width: picture.Bounds().Dx(), Height: picture.Bounds().Dy(), PDQ: hash[:], Quality: quality, At: at,
	})
}

// visitorsPicture decodes what a stranger says is a picture. The size is looked at before memory is taken for it.
func visitorsPicture(mediaType string, data []byte) (picture image.Image, err error) {
	defer func() {
		if r := recover(); r != nil {
			picture, err = nil, fmt.Errorf("%w: picture: the decoder gave up", models.ErrInvalid)
		}
	}()
	look, decode := jpeg.DecodeConfig, jpeg.Decode
	switch mediaType {
	case "image/jpeg":
	case "image/webp":
		look, decode = webp.DecodeConfig, webp.Decode
	default:
		return nil, fmt.Errorf("%w: picture of type %q", models.ErrInvalid, mediaType)
	}
	if len(data) > maxVisitorsBytes {
		return nil, fmt.Errorf("%w: picture of %d bytes", models.ErrInvalid, len(data))
	}
	config, err := look(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: picture: %w", models.ErrInvalid, err)
	}
	if config.Width < 1 || config.Height < 1 || config.Width > maxVisitorsSide || config.Height > maxVisitorsSide {
		return nil, fmt.Errorf("%w: picture of %dx%d", models.ErrInvalid, config.Width, config.Height)
	}
	if picture, err = decode(bytes.NewReader(data)); err != nil {
		return nil, fmt.Errorf("%w: picture: %w", models.ErrInvalid, err)
	}
	return picture, nil
}
