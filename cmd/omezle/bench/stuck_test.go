package bench

import (
	"slices"
	"testing"

	"omezle/cmd/omezle/acceptance/stage"
)

const (
	stuckPairs  = 20
	stuckRounds = 3
	// stuckKeyPackets make a keyframe of 13.5 kB, as one of 640x480 has.
	stuckKeyPackets = 12
)

// BenchmarkStuckClassifier measures the SFU with a classifier that takes 5 s for every picture against the same one
// that looks at none, in turns, a fresh server each time.
func BenchmarkStuckClassifier(b *testing.B) {
	program := buildRelay(b)
	for b.Loop() {
		runs := map[string][]relayed{}
		for range stuckRounds {
			for _, kind := range []string{"unwatched", "stuck"} {
				one := measureRelay(b, program, kind, stuckPairs, stuckKeyPackets)
				b.Logf("%-9s %2d pairs: p50 %v, p99 %v, lost %d of %d, %d looks shed, %.2f cores", kind, stuckPairs,
					one.latency.At(.5), one.latency.At(.99), one.sent-one.packets, one.sent, one.shed, one.cpu.Seconds()/relayWindow.Seconds())
				runs[kind] = append(runs[kind], one)
			}
		}
		shed, lost, sent := 0, int64(0), int64(0)
		for _, one := range runs["stuck"] {
			shed, lost, sent = shed+one.shed, lost+one.sent-one.packets, sent+one.sent
		}
		if shed == 0 {
			b.Error("no look was shed: the classifier was not stuck")
		}
		stuck, unwatched := quieter(runs["stuck"]), quieter(runs["unwatched"])
		b.ReportMetric(milliseconds(stuck.At(.99)-unwatched.At(.99)), "added-p99-ms")
		b.ReportMetric(milliseconds(stuck.At(.5)-unwatched.At(.5)), "added-p50-ms")
		b.ReportMetric(milliseconds(unwatched.At(.99)), "unwatched-p99-ms")
		b.ReportMetric(float64(shed)/stuckRounds, "shed")
		b.ReportMetric(float64(lost)/float64(sent)*100, "loss-%")
		b.ReportMetric(0, "ns/op")
	}
}

// quieter are the times of the round that was disturbed the least.
func quieter(runs []relayed) stage.Sorted {
	return slices.MinFunc(runs, func(a, b relayed) int { return int(a.latency.At(.99) - b.latency.At(.99)) }).latency
}
