package frame

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"omezle/signaling/redisdb"
	"omezle/signaling/redisdb/redistest"
)

// patient is how old frames may get here: tests run on busy machines.
const patient = time.Minute

var quietLog = slog.New(slog.DiscardHandler)

// runs runs f until the test ends.
func runs(t *testing.T, f func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func asker(t *testing.T, db *redisdb.DB, node string) *Remote {
	r := NewRemote(db.Client(), node, quietLog)
	r.stale = patient
	runs(t, r.Run)
	return r
}

func worker(db *redisdb.DB, node string, judge Judger) *Worker {
	w := NewWorker(db.Client(), judge, node, 2, quietLog)
	w.stale = patient
	return w
}

// lastByte gives the last byte of a frame as its score, so that answers tell which frame they are about.
type lastByte struct{}

func (lastByte) Judge(_ context.Context, frame []byte) (Judged, error) {
	if _, _, err := Check(frame); err != nil {
		return Judged{}, fmt.Errorf("test: %w", err)
	}
	return Judged{Width: 640, Height: 480, Scores: porn(float64(frame[len(frame)-1]) / 255)}, nil
}

func TestFramesAreJudgedByOtherNodesAndAnsweredToTheOneThatAsked(t *testing.T) {
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		for _, node := range []string{"judge-1", "judge-2"} {
			runs(t, worker(db, node, lastByte{}).Run)
		}
		askers := []*Remote{asker(t, db, "sfu-1"), asker(t, db, "sfu-2")}
		var asking sync.WaitGroup
		for n := range 60 {
			asking.Go(func() {
				frame := append(keyframe(t, "trigger-60k"), byte(n))
				judged, err := askers[n%2].Judge(t.Context(), frame)
				if err != nil || judged.Width != 640 || judged.Height != 480 || judged.Scores["Porn"] != float64(n)/255 {
					t.Errorf("%d: %+v, %v", n, judged, err)
				}
			})
		}
		asking.Wait()
		if _, err := askers[0].Judge(t.Context(), []byte("no frame")); !errors.Is(err, ErrUndecodable) {
			t.Errorf("what the sender did wrong is told as %v", err)
		}
		if left, err := db.Client().XLen(t.Context(), streamKey).Result(); err != nil || left != 0 {
			t.Errorf("%d frames are left in Redis, %v", left, err)
		}
		if lives, err := db.Client().PTTL(t.Context(), streamKey).Result(); err != nil || lives <= 0 || lives > streamLives {
			t.Errorf("the stream lives for %v, %v", lives, err)
		}
	})
}

func TestAFrameThatNobodyJudgesIsWithdrawn(t *testing.T) {
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		r := asker(t, db, "sfu")
		r.stale = 200 * time.Millisecond
		if _, err := r.Judge(t.Context(), keyframe(t, "trigger-60k")); !errors.Is(err, ErrNoAnswer) {
			t.Errorf("%v", err)
		}
		if left, err := db.Client().XLen(t.Context(), streamKey).Result(); err != nil || left != 0 {
			t.Errorf("%d frames are left in Redis, %v", left, err)
		}
	})
}

func TestTheQueueInRedisIsBoundedAndStaleFramesAreDropped(t *testing.T) {
	redistest.Each(t, func(t *testing.T, db *redisdb.DB) {
		for range maxEntries + 20 {
			err := addScript.Run(t.Context(), db.Client(), []string{streamKey}, maxEntries, streamLives.Milliseconds(), "x", "nobody", "frame").Err()
			if err != nil {
				t.Fatal(err)
			}
		}
		if n, err := db.Client().XLen(t.Context(), streamKey).Result(); err != nil || n != maxEntries {
			t.Errorf("%d frames, %v", n, err)
		}
		w := worker(db, "judge", stuck{}) // who judges any of them is stuck
		w.stale = 0
		runs(t, w.Run)
		await(t, func() bool {
			n, err := db.Client().XLen(t.Context(), streamKey).Result()
			return err == nil && n == 0
		})
	})
}

// await asks again and again; the test's own deadline ends what never comes true.
func await(t *testing.T, ok func() bool) {
	t.Helper()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for !ok() {
		select {
		case <-again.C:
		case <-t.Context().Done():
			t.Fatal("the test was ended")
		}
	}
}

// childURL tells this test's own program that it is to be a worker at that Redis, which takes a frame and never
// answers.
const childURL = "OMEZLE_TEST_STUCK_WORKER"

func stuckWorker(url string) {
	db, err := redisdb.Open(url, quietLog)
	if err != nil {
		panic(err)
	}
	w := NewWorker(db.Client(), announced{}, "killed", 1, quietLog)
	w.stale = patient
	panic(w.Run(context.Background()))
}

// announced says that it has a frame.
type announced struct{}

func (announced) Judge(context.Context, []byte) (Judged, error) {
	fmt.Println("judging")
	select {}
}

func TestWhatAKilledWorkerHadIsTakenOver(t *testing.T) {
	url := redistest.Single(t)
	db := redistest.Open(t, url)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(self)
	child.Env = append(os.Environ(), childURL+"="+url)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	r := asker(t, db, "sfu")
	type result struct {
		judged Judged
		err    error
	}
	results := make(chan result, 1)
	go func() {
		judged, err := r.Judge(context.Background(), append(keyframe(t, "trigger-60k"), 51))
		results <- result{judged, err}
	}()
	if line, err := bufio.NewReader(out).ReadString('\n'); strings.TrimSpace(line) != "judging" {
		t.Fatalf("the worker said %q, %v", line, err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // an error is what was wanted
	runs(t, worker(db, "heir", lastByte{}).Run)
	if got := <-results; got.err != nil || got.judged.Scores["Porn"] != 0.2 {
		t.Errorf("%+v, %v", got.judged, got.err)
	}
	if left, err := db.Client().XLen(t.Context(), streamKey).Result(); err != nil || left != 0 {
		t.Errorf("%d frames are left in Redis, %v", left, err)
	}
}

func TestBothSidesOutliveRedis(t *testing.T) {
	server, err := redistest.StartSingle(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	db := redistest.Open(t, server.URL())
	runs(t, worker(db, "judge", lastByte{}).Run)
	r := asker(t, db, "sfu")
	frame := keyframe(t, "trigger-60k")
	if _, err := r.Judge(t.Context(), frame); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	if _, err := r.Judge(t.Context(), frame); err == nil {
		t.Error("judged without Redis")
	}
	if err := server.Start(); err != nil { // empty: the group is gone, too
		t.Fatal(err)
	}
	await(t, func() bool {
		_, err := r.Judge(t.Context(), frame)
		return err == nil
	})
}
