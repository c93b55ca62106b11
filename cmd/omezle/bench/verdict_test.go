package bench

import (
	"slices"
	"testing"
	"time"

	"omezle/cmd/omezle/acceptance/stage"
	"omezle/models"
	"omezle/signaling/protocol"
)

const (
	verdictPairs = 20 // give two verdicts each
	// slowVerdict is worth a line of its own: it was the machine, or something to look into.
	slowVerdict = 150 * time.Millisecond
)

// BenchmarkVerdict measures from the last packet of the keyframe that completed a vote to the partner's being told, of
// visitors who show the trigger pattern from the start: one new pair after the other.
func BenchmarkVerdict(b *testing.B) {
	for b.Loop() {
		_, n := newJudging(b)
		crowd := stage.NewCrowd(b)
		trigger := picture(b, "trigger-500k")
		var times, waits stage.Latencies
		before := workOf(b, n)
		for i := range verdictPairs {
			shown := time.Now()
			pair := call(b, crowd, n, trigger)
			for side, c := range pair {
				var told time.Time
				until(b, func() (found bool) {
					told, found = toldToHide(c)
					return found
				}, "nobody is told of a picture that shows the trigger pattern")
				sent := pair[1-side].PlayedBefore(told)
				if sent.IsZero() {
					b.Fatal("a verdict came before any keyframe was sent")
				}
				if took := told.Sub(sent); took > slowVerdict {
					b.Logf("pair %d, side %d: %v", i, side, took)
				}
				times.Add(told.Sub(sent))
				waits.Add(told.Sub(shown))
			}
			if err := pair[0].Leave(false); err != nil {
				b.Fatal(err)
			}
			until(b, func() bool { return pair[0].Pair() == "" && pair[1].Pair() == "" }, "a pair does not end")
			pair[0].Bye()
			pair[1].Bye()
		}
		work := workOf(b, n).since(before)
		all, whole := times.Take(), waits.Take()
		b.Logf("%d verdicts: %v to %v; from asking for a partner p50 %v, p99 %v", len(all), all.At(0), all.At(1), whole.At(.5), whole.At(.99))
		b.ReportMetric(milliseconds(all.At(.5)), "p50-ms")
		b.ReportMetric(milliseconds(all.At(.99)), "p99-ms")
		b.ReportMetric(work.each(work.waited), "queue-ms")
		b.ReportMetric(work.each(work.decode+work.resize+work.classify), "judge-ms")
		b.ReportMetric(0, "ns/op")
	}
}

// toldToHide is when a caller was first told that the partner's picture is hidden and stopped.
func toldToHide(c *stage.Caller) (at time.Time, found bool) {
	times := c.JudgedAt()
	for i, m := range c.Judged() {
		if m.Target == protocol.TargetPartner && slices.Contains(m.Actions, models.ActionStop) && i < len(times) {
			return times[i], true
		}
	}
	return time.Time{}, false
}
