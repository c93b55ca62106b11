package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"sync"
	"time"
)

// relay answers whoever joins.
type relay interface {
	join(ctx context.Context, pair, side int, body string) (string, error)
}

const patience = 10 * time.Second

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: relayserver node|gather|unwatched|stuck|naive|floor")
	}
	if err := serve(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func serve(kind string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var running sync.WaitGroup
	defer running.Wait()
	var r relay
	var err error
	switch kind {
	case "node", "gather":
		r, err = newNode(ctx, &running, kind == "gather", true)
	case "unwatched":
		r, err = newNode(ctx, &running, true, false)
	case "stuck":
		r, err = newWatched(ctx, &running)
	case "naive":
		r = &naive{legs: map[[2]int]*naiveLeg{}}
	case "floor":
		r, err = newFloor(ctx, &running)
	default:
		return fmt.Errorf("relayserver: no kind %q", kind)
	}
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("relayserver: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /join", func(w http.ResponseWriter, q *http.Request) {
		pair, _ := strconv.Atoi(q.FormValue("pair"))
		side, _ := strconv.Atoi(q.FormValue("side"))
		body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, 1<<16))
		answer := ""
		if err == nil {
			answer, err = r.join(q.Context(), pair, side, string(body))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, answer)
	})
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) {
		runtime.GC()
		stats := map[string]int{"goroutines": runtime.NumGoroutine()}
		if w, ok := r.(watched); ok {
			shed, judged := w.looks()
			stats["shed"], stats["judged"] = int(shed), int(judged)
		}
		_ = json.NewEncoder(w).Encode(stats)
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: patience}
	running.Go(func() {
		<-ctx.Done()
		_ = server.Close()
	})
	fmt.Println("http://" + listener.Addr().String())
	if err := server.Serve(listener); err != nil && ctx.Err() == nil {
		return fmt.Errorf("relayserver: %w", err)
	}
	return nil
}
