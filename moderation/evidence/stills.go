package evidence

import (
	"context"
	"encoding/json"
	"fmt"
	"image"
	"time"

	"omezle/models"
)

// Still is a keyframe to be kept.
type Still struct {
	Frame  []byte // VP8
	Width  int
	Height int
	Scores map[string]float64 // by class of the model
	At     time.Time          // when it came
}

// Stills keeps what a call's flag rests on. What it is joined from is set by its owner before the first use; its methods
// are safe for concurrent use.
type Stills struct {
	Vault  *Vault
	Decode func(frame []byte) (*image.YCbCr, error) // bounded: frames are a stranger's
	Hash   func(picture *image.YCbCr) (hash [32]byte, quality int)
	// HashImage is the same for a picture that a visitor sent.
	HashImage func(picture image.Image) (hash [32]byte, quality int)
}

// PutStill keeps a keyframe of a flag as a WebP file, with its PDQ hash. ErrNoKeyframe refuses what would be no such
// file; one that does not decode is kept without a hash, for it may be shown elsewhere.
func (s *Stills) PutStill(ctx context.Context, flag models.FlagID, still Still) (models.Evidence, error) {
	file, err := WebP(still.Frame)
	if err != nil {
		return models.Evidence{}, err
	}
	item := Item{
		Flag: flag, Kind: models.EvidenceStill, MediaType: "image/webp", Data: file,
		Width: still.Width, Height: still.Height, Scores: still.Scores, At: still.At,
	}
	if picture, err := s.Decode(still.Frame); err == nil {
		hash, quality := s.Hash(picture)
		item.PDQ, item.Quality = hash[:], quality
	}
	return s.Vault.Put(ctx, item)
}

// maxLines is how much of a conversation is kept.
const maxLines = 20

// PutChat keeps the last lines of the conversation of a flag or report.
func (s *Stills) PutChat(ctx context.Context, of Case, lines []models.ChatLine) (models.Evidence, error) {
	if len(lines) == 0 {
		return models.Evidence{}, fmt.Errorf("%w: chat without a line", models.ErrInvalid)
	}
	data, err := json.Marshal(lines[max(0, len(lines)-maxLines):])
	if err != nil {
		return models.Evidence{}, fmt.Errorf("evidence: put chat: %w", err)
	}
	return s.Vault.Put(ctx, Item{Flag: of.Flag, Report: of.Report, Kind: models.EvidenceChat, MediaType: "application/json", Data: data, At: lines[len(lines)-1].At})
}
