package main

import (
	"context"
	"errors"
	"image"
	"time"

	"omezle/models"
	"omezle/moderation"
	"omezle/moderation/evidence"
	"omezle/moderation/frame"
	"omezle/moderation/pdq"
	"omezle/signaling"
)

// startVault opens the place of evidence for a node, and keeps the banks of hashes. Where nobody has chosen a place, and
// the node's own does not fit a database that it shares, the node serves without: its flags have no pictures, and it
// says so.
func (n *node) startVault(ctx context.Context, parts *services) error {
	log := n.log.With("node", n.id)
	n.banks = pdq.NewBanks(n.store, log)
	parts.start("banks of hashes", n.banks.Run)
	vault, err := openVault(ctx, n.settings, n.store, log)
	switch {
	case err == nil:
	case !n.settings.Evidence.chosen() && (errors.Is(err, evidence.ErrWrongKey) || errors.Is(err, evidence.ErrWrongPlace)):
		const why = "no evidence is kept here: nodes that share a database need the same evidence.url and evidence.master_key"
		log.Error(why, "err", err)
		n.private.mention("evidence", func() string { return why })
		return nil
	default:
		return err
	}
	n.vault = vault
	parts.hold("evidence", vault.Close)
	parts.start("purge of evidence", vault.Run)
	n.private.mention("evidence", func() string { return "kept" })
	return nil
}

// stills is where the judge keeps pictures, with their hashes: nowhere without a vault.
type stills struct {
	kept  *evidence.Stills
	banks *pdq.Banks
}

func (n *node) stills() stills {
	if n.vault == nil {
		return stills{banks: n.banks}
	}
	return stills{n.keeper(), n.banks}
}

// keeper needs a vault.
func (n *node) keeper() *evidence.Stills {
	return &evidence.Stills{
		Vault: n.vault, Decode: frame.Decode,
		Hash:      func(picture *image.YCbCr) ([32]byte, int) { return pdq.Of(picture) },
		HashImage: func(picture image.Image) ([32]byte, int) { return pdq.OfImage(picture) },
	}
}

// Put implements moderation.Stills.
func (s stills) Put(ctx context.Context, flag models.FlagID, still frame.Still) ([]moderation.Known, error) {
	if s.kept == nil {
		return nil, nil
	}
	item, err := s.kept.PutStill(ctx, flag, evidence.Still{
		Frame: still.Frame, Width: still.Width, Height: still.Height, Scores: still.Scores, At: still.At,
	})
	if err != nil {
		return nil, err
	}
	var known []moderation.Known
	told := map[string]bool{} // of a bank the nearest is enough
	for _, match := range s.banks.Match(item.PDQ, item.Quality) {
		if !told[match.Bank] {
			told[match.Bank] = true
			known = append(known, moderation.Known{Bank: match.Bank, Distance: match.Distance})
		}
	}
	return known, nil
}

// fromVisitors keeps conversations, and the pictures that visitors send with reports.
type fromVisitors struct{ kept *evidence.Stills }

// PutChat implements signaling.Chats.
func (f fromVisitors) PutChat(ctx context.Context, flag models.FlagID, report models.ReportID, lines []models.ChatLine) error {
	_, err := f.kept.PutChat(ctx, evidence.Case{Flag: flag, Report: report}, lines)
	return err
}

// PutStill implements signaling.Stills. The picture is coded anew, so that nothing else that was in the file stays.
func (f fromVisitors) PutStill(ctx context.Context, report models.ReportID, mediaType string, data []byte) error {
	_, err := f.kept.PutVisitorsStill(ctx, report, mediaType, data, time.Now())
	return err
}

func (n *node) chats() signaling.Chats {
	if n.vault == nil {
		return nil
	}
	return fromVisitors{n.keeper()}
}

func (n *node) reportStills() signaling.Stills {
	if n.vault == nil {
		return nil
	}
	return fromVisitors{n.keeper()}
}
