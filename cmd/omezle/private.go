package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/pprof"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"omezle/models"
)

// phase is where a node is in its life.
type phase string

const (
	starting phase = "starting"
	serving  phase = "serving"
	draining phase = "draining"
)

// checkTimeout bounds what one dependency may take to say that it is well.
const checkTimeout = time.Second

// private is the private port: whether the node lives, whether it is ready, its
// metrics and its profiles. It is safe for concurrent use.
type private struct {
	node    models.NodeID
	started time.Time
	metrics *prometheus.Registry

	mu     sync.Mutex // protects what follows
	phase  phase
	checks []check
	tells  []tell
}

// check is one dependency that a node needs to be ready.
type check struct {
	name string
	ask  func(context.Context) error
}

// tell is something to know of a node that makes it no less ready.
type tell struct {
	name string
	say  func() string // does not wait
}

func newPrivate(node models.NodeID) *private {
	p := &private{node: node, started: time.Now(), metrics: prometheus.NewRegistry(), phase: starting}
	p.metrics.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "omezle_build_info", Help: "Always 1; the label tells the version.",
			ConstLabels: prometheus.Labels{"version": buildVersion()},
		}, func() float64 { return 1 }),
	)
	return p
}

func (p *private) enter(next phase) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.phase = next
}

// is tells whether the node is in a phase of its life.
func (p *private) is(now phase) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.phase == now
}

// need adds a dependency to what /readyz asks.
func (p *private) need(name string, ask func(context.Context) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.checks = append(p.checks, check{name, ask})
}

// mention adds a detail to what /readyz answers.
func (p *private) mention(name string, say func() string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tells = append(p.tells, tell{name, say})
}

func (p *private) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", p.serveHealth)
	mux.HandleFunc("GET /readyz", p.serveReady)
	mux.Handle("GET /metrics", promhttp.HandlerFor(p.metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// serveHealth answers 200 as long as the process can answer at all.
func (p *private) serveHealth(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"alive": true, "node": p.node})
}

// readiness is the body of /readyz.
type readiness struct {
	Ready  bool             `json:"ready"`
	Node   models.NodeID    `json:"node"`
	Phase  phase            `json:"phase"`
	Checks map[string]state `json:"checks"`
	// Details say what else there is to know, as that there is no model to judge frames with.
	Details map[string]string `json:"details,omitempty"`
}

type state struct {
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`
}

// serveReady answers 200 when the node serves and every dependency answers, and
// 503 with the same body otherwise.
func (p *private) serveReady(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	answer := readiness{Node: p.node, Phase: p.phase, Checks: map[string]state{}}
	checks := p.checks[:len(p.checks):len(p.checks)]
	tells := p.tells[:len(p.tells):len(p.tells)]
	p.mu.Unlock()

	states := askAll(r.Context(), checks)
	answer.Ready = answer.Phase == serving
	for i, c := range checks {
		answer.Checks[c.name] = states[i]
		answer.Ready = answer.Ready && states[i].OK
	}
	if len(tells) > 0 {
		answer.Details = make(map[string]string, len(tells))
	}
	for _, t := range tells {
		answer.Details[t.name] = t.say()
	}
	status := http.StatusOK
	if !answer.Ready {
		status = http.StatusServiceUnavailable
	}
	writeJSON(w, status, answer)
}

func askAll(ctx context.Context, checks []check) []state {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	states := make([]state, len(checks))
	var asked sync.WaitGroup
	for i, c := range checks {
		asked.Go(func() {
			if err := c.ask(ctx); err != nil {
				states[i].Error = err.Error()
				return
			}
			states[i].OK = true
		})
	}
	asked.Wait()
	return states
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the reader is gone; nobody else cares
}
