package admin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"omezle/models"
)

const (
	maxNote      = 500 // characters
	historyPage  = 20
	historyLimit = 100
)

// PolicyVersion is one version of the policy, or of another document, as it is answered.
type PolicyVersion struct {
	Version int            `json:"version"` // 0: the default, which nobody set
	Note    string         `json:"note,omitempty"`
	By      models.StaffID `json:"by,omitempty"`
	At      *time.Time     `json:"at,omitempty"`
	Policy  models.JSON    `json:"policy"`
}

// PolicyHistory are versions, newest first.
type PolicyHistory struct {
	Versions []PolicyVersion `json:"versions"`
}

// PolicyChange is the body of a change.
type PolicyChange struct {
	Policy models.JSON `json:"policy"`
	Note   string      `json:"note"` // why
}

func versionOf(p models.Policy) PolicyVersion {
	v := PolicyVersion{Version: p.Version, Note: p.Note, By: p.By, Policy: p.Rules}
	if p.Version > 0 {
		v.At = &p.At
	}
	return v
}

// documents answers what is asked about one kind of document.
type documents struct {
	*Server
	kept Documents
	kind string // for the audit log
	name string // for people
}

func (d documents) get(w http.ResponseWriter, _ *http.Request) {
	answerPolicy(w, d.kept.InForce())
}

func answerPolicy(w http.ResponseWriter, p models.Policy) {
	w.Header().Set("ETag", strconv.Quote(strconv.Itoa(p.Version)))
	writeJSON(w, http.StatusOK, versionOf(p))
}

func (d documents) history(w http.ResponseWriter, r *http.Request) {
	limit, ok := number(w, r, "limit", historyPage, historyLimit)
	if !ok {
		return
	}
	versions, err := d.kept.History(r.Context(), limit)
	if err != nil {
		d.fail(w, "read the history of the "+d.name, err)
		return
	}
	history := PolicyHistory{Versions: []PolicyVersion{}}
	for _, p := range versions {
		history.Versions = append(history.Versions, versionOf(p))
	}
	writeJSON(w, http.StatusOK, history)
}

func (d documents) put(w http.ResponseWriter, r *http.Request) {
	from, err := matchOf(r.Header.Get("If-Match"))
	if err != nil {
		problem(w, http.StatusPreconditionRequired, "if_match", err.Error())
		return
	}
	data, ok := body(w, r)
	if !ok {
		return
	}
	var change PolicyChange
	if err := strict(data, &change); err != nil {
		problem(w, http.StatusBadRequest, "bad_request", `the body is not {"policy": ..., "note": ...}: `+err.Error())
		return
	}
	change.Note = strings.TrimSpace(change.Note)
	if n := utf8.RuneCountInString(change.Note); n == 0 || n > maxNote || strings.ContainsRune(change.Note, 0) {
		problem(w, http.StatusUnprocessableEntity, "note", fmt.Sprintf("a change needs a note that says why, of 1 to %d characters", maxNote))
		return
	}
	set, err := d.kept.Set(r.Context(), change.Policy, from, change.Note, staffOf(r.Context()))
	if err != nil {
		d.fail(w, "set the "+d.name, err)
		return
	}
	if d.audit(r.Context(), w, d.kind+".set", d.kind+":"+set.Name, change.Note, map[string]int{"version": set.Version, "from": from}) {
		answerPolicy(w, set)
	}
}

// matchOf is the version that a change was made from.
func matchOf(header string) (int, error) {
	if header == "" {
		return 0, fmt.Errorf(`the header If-Match has to name the version that was changed, as "7"`)
	}
	text, err := strconv.Unquote(header)
	if err != nil {
		text = header
	}
	version, err := strconv.Atoi(text)
	if err != nil || version < 0 {
		return 0, fmt.Errorf(`the header If-Match is no version, such as "7"`)
	}
	return version, nil
}

// strict reads one JSON value without members that nobody knows.
func strict(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return fmt.Errorf("there is more after it")
	}
	return nil
}
