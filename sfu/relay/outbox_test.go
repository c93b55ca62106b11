package relay

import (
	"context"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// slow is an outbox into a pipe that is read when the test likes.
func slow(t *testing.T) (o *Outbox, read func() string, stop func()) {
	in, out := io.Pipe()
	o = NewOutbox(out)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { o.Run(ctx) })
	read = func() string {
		b := make([]byte, 100)
		n, err := in.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	return o, read, func() {
		cancel()
		_ = in.Close()
		running.Wait()
	}
}

func TestSoundGoesBeforePicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, read, stop := slow(t)
		defer stop()
		o.put([]byte("video 1"), true)
		synctest.Wait() // that one is being written
		o.put([]byte("video 2"), true)
		o.put([]byte("audio 1"), false)
		o.put([]byte("audio 2"), false)
		var got []string
		for range 4 {
			got = append(got, read())
		}
		if want := []string{"video 1", "audio 1", "audio 2", "video 2"}; !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
	})
}

func TestNothingWaitsLongForASlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, read, stop := slow(t)
		defer stop()
		o.put([]byte("first"), true)
		synctest.Wait()
		o.put([]byte("old video"), true)
		o.put([]byte("old audio"), false)
		time.Sleep(outboxAge + time.Millisecond) // by the test's clock
		o.put([]byte("new video"), true)
		o.put([]byte("new audio"), false)
		var got []string
		for range 3 {
			got = append(got, read())
		}
		if want := []string{"first", "new audio", "new video"}; !slices.Equal(got, want) || o.dropped.Load() != 2 {
			t.Errorf("%q, %d dropped", got, o.dropped.Load())
		}
	})
}

func TestFullOutboxDropsAndDoesNotWait(t *testing.T) {
	o := NewOutbox(nil)
	for range 1000 {
		o.put([]byte("video"), true)
		o.put([]byte("audio"), false)
	}
	if got := o.dropped.Load(); got != 2000-outboxVideo-outboxOthers {
		t.Errorf("%d dropped", got)
	}
}
