package signaling

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"omezle/models"
	"omezle/signaling/protocol"
)

// Metrics are the counters of a Server.
type Metrics struct {
	chats        prometheus.Counter
	matches      prometheus.Histogram
	unconfirmed  prometheus.Counter
	closes       *prometheus.CounterVec
	refusals     *prometheus.CounterVec
	busErrors    prometheus.Counter
	tasksDropped prometheus.Counter
	panics       prometheus.Counter
	switches     *prometheus.CounterVec
}

// NewMetrics registers the counters with a registry.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		chats: prometheus.NewCounter(prometheus.CounterOpts{Name: "omezle_chat_delivered_total", Help: "Chat messages written to a partner's socket here."}),
		matches: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "omezle_match_wait_seconds", Help: "From the search to the partner, for each side here.",
			Buckets: []float64{.005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30, 60, 300},
		}),
		unconfirmed:  prometheus.NewCounter(prometheus.CounterOpts{Name: "omezle_match_unconfirmed_total", Help: "Matches whose other side was gone or did not answer."}),
		closes:       prometheus.NewCounterVec(prometheus.CounterOpts{Name: "omezle_websocket_closed_total", Help: "Sockets closed by the server, by close code."}, []string{"code"}),
		refusals:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "omezle_message_refused_total", Help: "Messages answered with an error, by its code."}, []string{"code"}),
		busErrors:    prometheus.NewCounter(prometheus.CounterOpts{Name: "omezle_bus_unsent_total", Help: "Messages to other nodes that could not be queued."}),
		tasksDropped: prometheus.NewCounter(prometheus.CounterOpts{Name: "omezle_tasks_dropped_total", Help: "Background tasks left to the next poll because the queue was full."}),
		panics:       prometheus.NewCounter(prometheus.CounterOpts{Name: "omezle_panics_recovered_total", Help: "Panics that were kept from the process."}),
		switches: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "omezle_route_changes_total", Help: "Changes of a call's route led from here, by the route wanted and what came of it.",
		}, []string{"route", "outcome"}),
	}
	registry.MustRegister(m.switches, m.chats, m.matches, m.unconfirmed, m.closes, m.refusals, m.busErrors, m.tasksDropped, m.panics)
	return m
}

// Observe registers gauges of what a server holds now.
func (s *Server) Observe(registry prometheus.Registerer) {
	gauge := func(name, help string, value func() float64) {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
	}
	gauge("omezle_sockets", "Visitors with a socket here.", func() float64 { return float64(s.attached.Load()) })
	gauge("omezle_sockets_pending", "Sockets that have not said hello.", func() float64 { return float64(s.lobby.size()) })
	gauge("omezle_sessions", "Sessions whose home is here, away ones included.", func() float64 {
		s.mu.RLock()
		defer s.mu.RUnlock()
		return float64(len(s.sessions))
	})
	gauge("omezle_waiting", "Sessions here that wait for a partner.", func() float64 {
		s.mu.RLock()
		defer s.mu.RUnlock()
		return float64(len(s.waiting))
	})
	gauge("omezle_draining", "1 while this node stops.", func() float64 {
		if s.Draining() {
			return 1
		}
		return 0
	})
}

func (m *Metrics) matched(waited time.Duration)    { m.matches.Observe(waited.Seconds()) }
func (m *Metrics) refused(code protocol.ErrorCode) { m.refusals.WithLabelValues(string(code)).Inc() }
func (m *Metrics) closed(code protocol.CloseCode) {
	m.closes.WithLabelValues(strconv.Itoa(int(code))).Inc()
}

func (m *Metrics) switched(route models.Route, outcome string) {
	m.switches.WithLabelValues(string(route), outcome).Inc()
}
