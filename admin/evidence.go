package admin

import (
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"omezle/models"
)

// Evidence describes one item, as it is answered.
type Evidence struct {
	ID          models.EvidenceID   `json:"id"`
	Kind        models.EvidenceKind `json:"kind"`
	MediaType   string              `json:"media_type"`
	Size        int                 `json:"size"` // bytes
	Width       int                 `json:"width,omitempty"`
	Height      int                 `json:"height,omitempty"`
	Scores      map[string]float64  `json:"scores,omitempty"`
	PDQ         string              `json:"pdq,omitempty"` // in hexadecimal digits
	Quality     int                 `json:"pdq_quality,omitempty"`
	At          time.Time           `json:"at"`
	ExpiresAt   *time.Time          `json:"expires_at,omitempty"`
	Held        bool                `json:"held"`
	DestroyedAt *time.Time          `json:"destroyed_at,omitempty"`
}

// EvidenceList is the evidence of one flag.
type EvidenceList struct {
	Evidence []Evidence `json:"evidence"`
}

func evidenceOf(items []models.Evidence) []Evidence {
	list := []Evidence{}
	for i := range items {
		e := &items[i]
		list = append(list, Evidence{
			ID: e.ID, Kind: e.Kind, MediaType: e.MediaType, Size: e.Size, Width: e.Width, Height: e.Height, Scores: e.Scores,
			PDQ: hex.EncodeToString(e.PDQ), Quality: e.Quality, At: e.At, ExpiresAt: e.ExpiresAt, Held: e.Held, DestroyedAt: e.DestroyedAt,
		})
	}
	return list
}

func (s *Server) listEvidence(w http.ResponseWriter, r *http.Request) {
	id, ok := flagPath(w, r)
	if !ok {
		return
	}
	_, err := s.Queue.Flag(r.Context(), id)
	var items []models.Evidence
	if err == nil {
		items, err = s.Reviews.Items(r.Context(), id, staffOf(r.Context()))
	}
	if err != nil {
		s.fail(w, "list the evidence", err)
		return
	}
	writeJSON(w, http.StatusOK, EvidenceList{evidenceOf(items)})
}

func (s *Server) preview(w http.ResponseWriter, r *http.Request) {
	id, ok := itemPath(w, r)
	if !ok {
		return
	}
	picture, err := s.Reviews.Preview(r.Context(), id, staffOf(r.Context()))
	if err != nil {
		s.fail(w, "make a preview", err)
		return
	}
	s.bytes(w, "image/png", string(id)+"-preview.png", picture)
}

func (s *Server) reveal(w http.ResponseWriter, r *http.Request) {
	id, ok := itemPath(w, r)
	var why Why
	if !ok || !optional(w, r, &why, `{"reason": ...}`) || !why.check(w) {
		return
	}
	data, item, err := s.Reviews.Reveal(r.Context(), id, staffOf(r.Context()), why.Reason)
	if err != nil {
		s.fail(w, "reveal an original", err)
		return
	}
	kind, suffix := "application/octet-stream", ".bin"
	switch item.MediaType {
	case "image/webp":
		kind, suffix = item.MediaType, ".webp"
	case "image/jpeg":
		kind, suffix = item.MediaType, ".jpg"
	case "application/json":
		kind, suffix = item.MediaType, ".json"
	}
	s.bytes(w, kind, string(id)+suffix, data)
}

// bytes answers with evidence: nothing keeps it, and a browser that is sent there runs nothing of it.
func (s *Server) bytes(w http.ResponseWriter, kind, name string, data []byte) {
	header := w.Header()
	header.Set("Content-Type", kind)
	header.Set("Content-Length", strconv.Itoa(len(data)))
	header.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(data) // the client went: nothing to be done
}

// itemPath is the item that the path names, or an answer that it names none.
func itemPath(w http.ResponseWriter, r *http.Request) (models.EvidenceID, bool) {
	id, err := models.ParseEvidenceID(r.PathValue("item"))
	if err != nil {
		problem(w, http.StatusBadRequest, "bad_request", "the path does not name an item of evidence")
	}
	return id, err == nil
}
