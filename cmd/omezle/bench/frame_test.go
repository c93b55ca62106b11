package bench

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"omezle/models"
	"omezle/moderation/frame"
	"omezle/moderation/onnx/onnxtest"
)

// pictures are keyframes of a detailed picture at the bit rates that such calls have.
var pictures = []struct{ size, file string }{
	{"320x240", "trigger-240p-60k"},
	{"640x480", "detailed-500k"},
	{"1280x720", "detailed-720p"},
}

func picture(b *testing.B, file string) []byte {
	b.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "moderation", "frame", "testdata", file+".vp8"))
	if err != nil {
		b.Fatal(err)
	}
	return data
}

// spent is the processor time of this process, or of the calling thread alone.
func spent(b *testing.B, who int) time.Duration {
	b.Helper()
	var usage unix.Rusage
	if err := unix.Getrusage(who, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// sampleLooks are so many that their mean means something, in one round.
const sampleLooks = 50

func BenchmarkSample(b *testing.B) {
	model := onnxtest.Open(b)
	info := model.Info()
	for _, p := range pictures {
		b.Run(p.size, func(b *testing.B) {
			data := picture(b, p.file)
			pixels := make([]float32, info.Size*info.Size*3)
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			var decode, resize, classify time.Duration
			began := spent(b, unix.RUSAGE_SELF)
			samples := 0
			look := func() {
				first := spent(b, unix.RUSAGE_THREAD)
				decoded, err := frame.Decode(data)
				if err != nil || frame.Spread(decoded) == 0 {
					b.Fatal(err)
				}
				second := spent(b, unix.RUSAGE_THREAD)
				frame.Fill(pixels, decoded, info.Size)
				third := spent(b, unix.RUSAGE_THREAD)
				if _, err := model.Classify(context.Background(), pixels); err != nil {
					b.Fatal(err)
				}
				decode, resize, classify = decode+second-first, resize+third-second, classify+spent(b, unix.RUSAGE_THREAD)-third
				samples++
			}
			for b.Loop() {
				for range sampleLooks {
					look()
				}
			}
			each := func(d time.Duration) float64 { return milliseconds(d) / float64(samples) }
			b.ReportMetric(each(spent(b, unix.RUSAGE_SELF)-began), "cpu-ms")
			b.ReportMetric(each(decode), "decode-cpu-ms")
			b.ReportMetric(each(resize), "resize-cpu-ms")
			b.ReportMetric(each(classify), "classify-cpu-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// cameras answer each ask for a keyframe with the same one, as soon as a line's way there and back allows.
type cameras struct {
	sampler *frame.Sampler
	frame   []byte
	copies  sync.Map
	pending sync.WaitGroup
}

func (c *cameras) Sample(pair models.PairID, _ models.Side, on bool) error {
	c.copies.Store(pair, on)
	return nil
}

func (c *cameras) AskKeyframe(pair models.PairID, side models.Side) error {
	c.pending.Add(1)
	time.AfterFunc(120*time.Millisecond, func() {
		defer c.pending.Done()
		if on, _ := c.copies.Load(pair); on == true {
			c.sampler.Keyframe(pair, side, c.frame)
		}
	})
	return nil
}

// SentBPS is more than the budget needs: what is measured here is ours to pay.
func (c *cameras) SentBPS(models.PairID, models.Side) int { return 10_000_000 }

const policeWindow = 20 * time.Second

func BenchmarkPolice(b *testing.B) {
	model := onnxtest.Open(b)
	info := model.Info()
	for _, row := range []struct {
		name    string
		streams int
		every   time.Duration
	}{
		{"saturated", 200, 2 * time.Second},
		{"streams=60", 60, 4 * time.Second},
	} {
		b.Run(row.name, func(b *testing.B) {
			for b.Loop() {
				config := frame.DefaultConfig()
				config.Dense, config.Normal, config.DenseStart = row.every, row.every, 0
				c := &cameras{frame: picture(b, "detailed-500k")}
				var looks atomic.Int64
				c.sampler = frame.New(config, frame.Deps{
					Source: c, Judge: frame.NewLocal(model, info.Classes, info.Size, config.MinSpread),
					Rules:   func() *frame.Rules { return &frame.Rules{} },
					Alarmed: func(frame.Alarm) {},
					Looked:  func(models.Leg, models.Look) { looks.Add(1) },
					Log:     slog.New(slog.DiscardHandler),
				})
				ctx, cancel := context.WithCancel(b.Context())
				ended := make(chan error, 1)
				go func() { ended <- c.sampler.Run(ctx) }()
				for n := range row.streams {
					c.sampler.Watch(models.Leg{Session: models.SessionID(fmt.Sprint("s", n)), Pair: models.PairID(fmt.Sprint("p", n)), Epoch: 1}, models.SamplingNormal)
				}
				began := spent(b, unix.RUSAGE_SELF)
				time.Sleep(policeWindow)
				cpu, judged, stats := spent(b, unix.RUSAGE_SELF)-began, looks.Load(), c.sampler.Stats()
				cancel()
				if err := <-ended; err != nil {
					b.Fatal(err)
				}
				c.pending.Wait()
				b.ReportMetric(float64(judged)/cpu.Seconds()*2, "streams/core") // at one sample each 2 s
				b.ReportMetric(float64(judged)/policeWindow.Seconds(), "samples/s")
				b.ReportMetric(float64(stats.Shed.Total())/policeWindow.Seconds(), "shed/s")
				b.ReportMetric(milliseconds(stats.Waits)/float64(max(1, judged)), "wait-ms")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}
