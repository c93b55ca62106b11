package bench

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"omezle/cmd/omezle/acceptance/stage"
)

const (
	watchedStreams = 60
	watchedWindow  = 60 * time.Second
	// watchedSettle is the time after the last call began until the dense looks at its start are over and judged.
	watchedSettle = 15 * time.Second
)

// BenchmarkWatched measures whether a node that relays so many pictures and looks at each every 4 s loses looks.
func BenchmarkWatched(b *testing.B) {
	b.Run(fmt.Sprintf("streams=%d", watchedStreams), func(b *testing.B) {
		for b.Loop() {
			benchmarkWatched(b, watchedStreams)
		}
	})
}

func benchmarkWatched(b *testing.B, streams int) {
	h, n := newJudging(b, "FRAMES_BUDGET_PERCENT=100")
	crowd := stage.NewCrowd(b)
	camera := picture(b, "detailed-500k")
	for range streams / 2 {
		call(b, crowd, n, camera)
	}
	pause(b.Context(), watchedSettle)
	if watched := int(n.Metric(b, "omezle_frames_watched")); watched != streams {
		b.Fatalf("%d pictures of %d are looked at", watched, streams)
	}
	wait := h.during(b, watchedWindow)
	work, load := workOf(b, n), spent(b, unix.RUSAGE_SELF)
	cpu, _ := h.cpu(b)
	began := time.Now()
	pause(b.Context(), watchedWindow)
	work, load = workOf(b, n).since(work), spent(b, unix.RUSAGE_SELF)-load
	after, _ := h.cpu(b)
	window := time.Since(began).Seconds()
	wait()
	b.ReportMetric(work.judged/window, "judged/s")
	b.ReportMetric(work.shed/window, "shed/s")
	b.ReportMetric(work.failed/window, "failed/s")
	b.ReportMetric((after-cpu).Seconds()/window, "cores")
	b.ReportMetric(load.Seconds()/window, "load-cores")
	b.ReportMetric(work.each(work.waited), "queue-ms")
	b.ReportMetric(work.each(work.decode+work.resize+work.classify), "judge-ms")
	b.ReportMetric(0, "ns/op")
}
