package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestAwaitPausesLongerEachTimeAndEndsAtItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, refused := time.Now(), errors.New("refused")
		var tries []time.Duration
		err := await(t.Context(), slog.New(slog.DiscardHandler), "the oracle", 10*time.Second,
			func(error) bool { return true },
			func(context.Context) error { tries = append(tries, time.Since(began)); return refused })
		want := []time.Duration{0, 250 * time.Millisecond, 750 * time.Millisecond, 1750 * time.Millisecond, 3750 * time.Millisecond, 7750 * time.Millisecond}
		if !slices.Equal(tries, want) {
			t.Errorf("tried at %v, want %v", tries, want)
		}
		if !errors.Is(err, refused) || err.Error() != "the oracle did not answer within 10s: refused" {
			t.Errorf("got %v", err)
		}
	})
}

func TestAwaitReturnsAtOnceWhatCannotChange(t *testing.T) {
	wrong := errors.New("wrong name")
	err := await(t.Context(), slog.New(slog.DiscardHandler), "x", time.Hour, func(error) bool { return false }, func(context.Context) error { return wrong })
	if !errors.Is(err, wrong) {
		t.Errorf("got %v", err)
	}
}

func TestAwaitEndsWhenToldTo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	err := await(ctx, slog.New(slog.DiscardHandler), "x", time.Hour, func(error) bool { return true }, func(context.Context) error { cancel(); return errors.New("refused") })
	if err == nil || !strings.HasPrefix(err.Error(), "stopped while waiting for x") {
		t.Errorf("got %v", err)
	}
}

func TestServicesStopInReverseOrderEachWaitedFor(t *testing.T) {
	var mu sync.Mutex
	var order []string
	note := func(what string) { mu.Lock(); defer mu.Unlock(); order = append(order, what) }
	s := newServices(slog.New(slog.DiscardHandler))
	s.hold("store", func() error { note("store closed"); return nil })
	for _, name := range []string{"bus", "server"} {
		s.start(name, func(ctx context.Context) error { <-ctx.Done(); note(name + " ended"); return ctx.Err() })
	}
	s.stop()
	s.stop()
	if want := []string{"server ended", "bus ended", "store closed"}; !slices.Equal(order, want) {
		t.Errorf("order is %v, want %v", order, want)
	}
	if len(s.failed) != 0 {
		t.Errorf("a stop was taken for a failure: %v", <-s.failed)
	}
}

func TestAServiceThatEndsByItselfHasFailed(t *testing.T) {
	broken := errors.New("broken")
	for name, result := range map[string]error{"with an error": broken, "without one": nil} {
		t.Run(name, func(t *testing.T) {
			s := newServices(slog.New(slog.DiscardHandler))
			s.start("bus", func(context.Context) error { return result })
			err := <-s.failed
			if !strings.HasPrefix(err.Error(), "bus: ") || (result != nil && !errors.Is(err, result)) {
				t.Errorf("got %v", err)
			}
			s.stop()
		})
	}
}

func TestTheSecretIsMadeOnceAndReadableByItsOwnerOnly(t *testing.T) {
	dir := t.TempDir()
	secrets := make([][]byte, 8)
	var made sync.WaitGroup
	for i := range secrets {
		made.Go(func() {
			var err error
			if secrets[i], err = keptSecret(dir); err != nil {
				t.Error(err)
			}
		})
	}
	made.Wait()
	for _, s := range secrets {
		if len(s) < minSecret || !bytes.Equal(s, secrets[0]) {
			t.Errorf("got %q and %q", secrets[0], s)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "secret.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v (%v), want 0600", info.Mode(), err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("drafts were left behind: %v", files)
	}
	if err := os.WriteFile(filepath.Join(dir, "secret.key"), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keptSecret(dir); err == nil || !strings.Contains(err.Error(), "holds 5 bytes") {
		t.Errorf("a short secret gave %v", err)
	}
}
