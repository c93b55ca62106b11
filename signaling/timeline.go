package signaling

import (
	"encoding/json"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

const (
	maxTimeline = 64 // events of a call
	tailLines   = 20
	tailBytes   = 16 << 10
	// tailFor is how long the lines of a conversation that has ended are kept, for a report that comes late.
	tailFor = 2 * time.Minute
)

// side is which of the pair this visitor is.
func (p *pair) side() models.Side {
	if p.opening.Polite {
		return models.SideA
	}
	return models.SideB
}

// note adds to what reviewers read of a call. The first event, the match, stays when there are too many.
func (p *pair) note(what string, about models.Side, now time.Time) {
	if len(p.timeline) >= maxTimeline {
		p.timeline = append(p.timeline[:1], p.timeline[2:]...)
	}
	p.timeline = append(p.timeline, models.TimelineEvent{At: now.UTC().Truncate(time.Millisecond), What: what, Side: about})
}

// tail is the last lines of a conversation, in memory only: evidence if there is a verdict or a report, and otherwise
// forgotten. Guarded by the session's mutex.
type tail struct {
	lines []tailLine
	bytes int
}

// tailLine is one line: a text of this visitor, or a frame of the partner's that nobody has read yet.
type tailLine struct {
	text  string
	frame []byte
	at    time.Time
}

func (l *tailLine) size() int { return len(l.text) + len(l.frame) }

func (t *tail) add(line tailLine) {
	t.lines = append(t.lines, line)
	t.bytes += line.size()
	for len(t.lines) > tailLines || (t.bytes > tailBytes && len(t.lines) > 1) {
		t.bytes -= t.lines[0].size()
		t.lines = t.lines[1:]
	}
}

// chatLines returns the lines with who wrote them.
func (p *pair) chatLines(self models.SessionID) []models.ChatLine {
	lines := make([]models.ChatLine, 0, len(p.tail.lines))
	for _, l := range p.tail.lines {
		line := models.ChatLine{Session: self, Text: l.text, At: l.at.UTC().Truncate(time.Millisecond)}
		if l.frame != nil {
			var chat protocol.Chat
			if json.Unmarshal(l.frame, &chat) != nil {
				continue
			}
			line.Session, line.Text = p.partner.Session, chat.Text
		}
		lines = append(lines, line)
	}
	return lines
}

// forgetLate drops the lines of a conversation that ended too long ago; the caller holds the session's mutex.
func (s *session) forgetLate(now time.Time) {
	if p := s.last; p != nil && now.Sub(p.ended) > tailFor {
		p.tail = tail{}
	}
}
