package client

import (
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

// requestAgain is when an unanswered request is sent again on the same socket.
const requestAgain = 15 * time.Second

// request is a report or block, sent again until it is answered: that it arrives matters more than when.
type request struct {
	id      string
	message protocol.Validator
	due     time.Time
}

// Report complains about the partner of the pair that is on or was the last one, and with block makes sure that the
// two never meet again. The handler is told done, or an error, with the id that is returned.
func (v *Visitor) Report(reason models.ReportReason, description string, block bool) (id string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	pair, err := v.about()
	if err != nil {
		return "", err
	}
	id = v.newID()
	v.ask(id, &protocol.Report{Type: protocol.KindReport, ID: id, Pair: pair, Reason: reason, Description: description, Block: block})
	return id, nil
}

// Block makes sure that the partner of the pair that is on or was the last one is never met again. It is answered like Report.
func (v *Visitor) Block() (id string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	pair, err := v.about()
	if err != nil {
		return "", err
	}
	id = v.newID()
	v.ask(id, &protocol.Block{Type: protocol.KindBlock, ID: id, Pair: pair})
	return id, nil
}

func (v *Visitor) ask(id string, message protocol.Validator) {
	now := time.Now()
	v.requests = append(v.requests, &request{id, message, now})
	v.flush(now)
}

// sendRequests sends what is due and returns when the next one is, zero for never. The caller holds mu.
func (v *Visitor) sendRequests(now time.Time) (next time.Time) {
	for _, r := range v.requests {
		if !now.Before(r.due) {
			v.send(r.message)
			r.due = now.Add(requestAgain)
		}
		if next.IsZero() || r.due.Before(next) {
			next = r.due
		}
	}
	return next
}

func (v *Visitor) postpone(id string, due time.Time) {
	for _, r := range v.requests {
		if r.id == id {
			r.due = due
		}
	}
}

func (v *Visitor) answered(id string) {
	for i, r := range v.requests {
		if r.id == id {
			v.requests = append(v.requests[:i:i], v.requests[i+1:]...)
			return
		}
	}
}
