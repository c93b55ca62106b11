package doctor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// patience bounds one question to one service.
const patience = 5 * time.Second

// Level is how a finding is to be taken.
type Level string

// The levels, from good to bad.
const (
	OK   Level = "OK"
	Skip Level = "SKIP"
	Warn Level = "WARN"
	Fail Level = "FAIL"
)

// Finding is one line of a report.
type Finding struct {
	Level   Level  `json:"level"`
	Area    string `json:"area"`    // what is looked at: redis, turn, ...
	Subject string `json:"subject"` // which part of it
	Text    string `json:"text"`    // what was seen, in a sentence
	Fix     string `json:"fix,omitempty"`
}

// Report collects findings.
type Report struct{ Findings []Finding }

// Area starts the findings about one thing.
func (r *Report) Area(name string) *Area { return &Area{report: r, name: name} }

// Count is how many findings there are of a level.
func (r *Report) Count(level Level) int {
	count := 0
	for _, f := range r.Findings {
		if f.Level == level {
			count++
		}
	}
	return count
}

// ErrUnwell is wrapped by Err.
var ErrUnwell = errors.New("not fit to serve")

// Err is nil when nothing fails.
func (r *Report) Err() error {
	switch n := r.Count(Fail); n {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("%w: 1 check failed", ErrUnwell)
	default:
		return fmt.Errorf("%w: %d checks failed", ErrUnwell, n)
	}
}

// Area is what one check adds to.
type Area struct {
	report *Report
	name   string
}

// add puts errors of several lines on one.
func (a *Area) add(level Level, subject, text, fix string) {
	text = strings.Join(strings.Fields(text), " ")
	a.report.Findings = append(a.report.Findings, Finding{Level: level, Area: a.name, Subject: subject, Text: text, Fix: fix})
}

// OK adds what works.
func (a *Area) OK(subject, format string, args ...any) {
	a.add(OK, subject, fmt.Sprintf(format, args...), "")
}

// Skip adds what was not looked at, and what it would take.
func (a *Area) Skip(subject, text, fix string) { a.add(Skip, subject, text, fix) }

// Warn adds what works by half.
func (a *Area) Warn(subject, text, fix string) { a.add(Warn, subject, text, fix) }

// Fail adds what does not work.
func (a *Area) Fail(subject, text, fix string) { a.add(Fail, subject, text, fix) }

// Write prints the report as a table for a person.
func (r *Report) Write(w io.Writer) error {
	area, subject := 0, 0
	for _, f := range r.Findings {
		area, subject = max(area, utf8.RuneCountInString(f.Area)), max(subject, utf8.RuneCountInString(f.Subject))
	}
	var out strings.Builder
	last := ""
	for _, f := range r.Findings {
		name := f.Area
		if name == last {
			name = ""
		} else if last != "" {
			out.WriteByte('\n')
		}
		last = f.Area
		fmt.Fprintf(&out, "%-*s  %-4s  %-*s  %s\n", area, name, f.Level, subject, f.Subject, f.Text)
		if f.Fix != "" {
			fmt.Fprintf(&out, "%-*s  %-4s  %-*s  > %s\n", area, "", "", subject, "", f.Fix)
		}
	}
	fmt.Fprintf(&out, "\n%d ok, %d to look at, %d failed, %d not looked at\n", r.Count(OK), r.Count(Warn), r.Count(Fail), r.Count(Skip))
	_, err := io.WriteString(w, out.String())
	return err
}

// WriteJSON prints the report for a program.
func (r *Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(struct {
		OK       bool      `json:"ok"`
		Findings []Finding `json:"findings"`
	}{r.Count(Fail) == 0, r.Findings})
}

// short is a time as a person reads it.
func short(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < 48*time.Hour:
		return d.Round(time.Second).String()
	}
	return fmt.Sprintf("%d days", int(d/(24*time.Hour)))
}
