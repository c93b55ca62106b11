package signaling

import (
	"context"
	"strings"
	"sync"
	"testing"

	"omezle/models"
	"omezle/signaling/protocol"
)

// archive keeps evidence in memory.
type archive struct {
	mu     sync.Mutex
	chats  map[string][]models.ChatLine // by flag or report
	stills map[models.ReportID]string
}

func (a *archive) PutChat(_ context.Context, flag models.FlagID, report models.ReportID, lines []models.ChatLine) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.chats[string(flag)+string(report)] = lines
	return nil
}

func (a *archive) PutStill(_ context.Context, report models.ReportID, mediaType string, data []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stills[report] = mediaType + " " + string(data)
	return nil
}

func (a *archive) of(id string) []models.ChatLine {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.chats[id]
}

func TestAReportComesWithTheConversationAndThePicture(t *testing.T) {
	looked(t, nil, func(c *scene) {
		c.b.chat("rude")
		c.a.hears("rude")
		picture := []byte{0xff, 0xd8, 0xff, 0xe0}
		c.a.say(&protocol.Report{Type: protocol.KindReport, ID: "1", Pair: c.a.pair, Reason: models.ReasonNudity, Still: picture})
		expect[*protocol.Done](c.a)
		report := reportsOf(t, c.here, c.a.token.Session)[0].ID
		evidence := c.here.Chats.(*archive)
		eventually(t, "both are kept", func() bool {
			evidence.mu.Lock()
			defer evidence.mu.Unlock()
			lines := evidence.chats[string(report)]
			return len(lines) == 1 && lines[0].Text == "rude" && lines[0].Session == c.b.token.Session && evidence.stills[report] == "image/jpeg "+string(picture)
		})
	})
}

func TestTheTailOfAConversationIsBounded(t *testing.T) {
	var t1 tail
	for range 100 {
		t1.add(tailLine{text: strings.Repeat("x", 100)})
	}
	if len(t1.lines) != tailLines {
		t.Errorf("%d lines are kept", len(t1.lines))
	}
	for range 100 {
		t1.add(tailLine{frame: make([]byte, 8000)})
	}
	if t1.bytes > tailBytes || len(t1.lines) != 2 {
		t.Errorf("%d lines of %d bytes are kept", len(t1.lines), t1.bytes)
	}
}
