package admin

import (
	"context"
	"net/http"
	"time"

	"omezle/models"
)

const (
	maxImport   = 8 << 20 // bytes: about 100,000 hashes with their notes
	maxBankName = 64
)

// Bank is a bank of hashes that stills are compared with, as it is answered.
type Bank struct {
	Name      string     `json:"name"`
	Hashes    int        `json:"hashes"`
	ChangedAt *time.Time `json:"changed_at,omitempty"`
}

// BankList are all banks.
type BankList struct {
	Banks []Bank `json:"banks"`
}

// Imported is the answer to an import.
type Imported struct {
	Added int `json:"added"` // hashes that the bank did not have
}

// Banks are the banks of hashes.
type Banks interface {
	List(ctx context.Context) ([]Bank, error)
	// Export returns a bank as text, one hash a line. It wraps models.ErrNotFound.
	Export(ctx context.Context, name string) ([]byte, error)
	// Import adds hashes to a bank, which is made if there is none, all or none of them. It returns an *InvalidError about
	// lines that are none.
	Import(ctx context.Context, name string, text []byte, by models.StaffID) (added int, err error)
}

func (s *Server) listBanks(w http.ResponseWriter, r *http.Request) {
	banks, err := s.Banks.List(r.Context())
	if err != nil {
		s.fail(w, "list the banks", err)
		return
	}
	if banks == nil {
		banks = []Bank{}
	}
	writeJSON(w, http.StatusOK, BankList{banks})
}

func (s *Server) exportBank(w http.ResponseWriter, r *http.Request) {
	name, ok := bankPath(w, r)
	if !ok {
		return
	}
	text, err := s.Banks.Export(r.Context(), name)
	if err != nil {
		s.fail(w, "export a bank", err)
		return
	}
	if s.audit(r.Context(), w, "bank.export", "bank:"+name, "", map[string]int{"bytes": len(text)}) {
		s.bytes(w, "text/plain; charset=utf-8", name+".txt", text)
	}
}

func (s *Server) importBank(w http.ResponseWriter, r *http.Request) {
	name, ok := bankPath(w, r)
	if !ok {
		return
	}
	text, ok := bodyOf(w, r, maxImport)
	if !ok {
		return
	}
	added, err := s.Banks.Import(r.Context(), name, text, staffOf(r.Context()))
	if err != nil {
		s.fail(w, "import hashes", err)
		return
	}
	if s.audit(r.Context(), w, "bank.import", "bank:"+name, "", map[string]int{"added": added}) {
		writeJSON(w, http.StatusOK, Imported{added})
	}
}

// bankPath is the bank that the path names, or an answer that it names none.
func bankPath(w http.ResponseWriter, r *http.Request) (string, bool) {
	name := r.PathValue("bank")
	ok := len(name) > 0 && len(name) <= maxBankName
	for _, c := range []byte(name) {
		ok = ok && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_')
	}
	if !ok {
		problem(w, http.StatusBadRequest, "bad_request", "a bank has a name of 1 to 64 of a-z, 0-9, - and _")
	}
	return name, ok
}
