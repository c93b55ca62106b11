package doctor

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestAReportIsATableForPeopleAndJSONForPrograms(t *testing.T) {
	r := &Report{}
	a := r.Area("redis")
	a.OK("answers", "in %s", short(1500*time.Microsecond))
	a.Warn("clock", "it is\n\tlate", "set it")
	if err := r.Err(); err != nil {
		t.Errorf("nothing fails, and yet: %v", err)
	}
	r.Area("turn").Fail("turn:x", "no answer", "let it in")
	want := `redis  OK    answers  in 1.5ms
       WARN  clock    it is late
                      > set it

turn   FAIL  turn:x   no answer
                      > let it in

1 ok, 1 to look at, 1 failed, 0 not looked at
`
	if got := r.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := r.Err(); !errors.Is(err, ErrUnwell) || !strings.Contains(err.Error(), "1 check failed") {
		t.Errorf("got %v", err)
	}
	var out strings.Builder
	if err := r.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var read struct {
		OK       bool
		Findings []Finding
	}
	if err := json.Unmarshal([]byte(out.String()), &read); err != nil || read.OK || len(read.Findings) != 3 || read.Findings[2] != r.Findings[2] {
		t.Errorf("got %+v, %v", read, err)
	}
}
