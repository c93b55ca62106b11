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

	sightings, measures, verdicts, troubles *prometheus.CounterVec
	bansKept, unwritten                     prometheus.Counter
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
	m.sightings = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "omezle_sightings_total", Help: "Claims of browsers about partners' pictures: taken, early, doubted, and what became of them.",
	}, []string{"outcome"})
	m.measures = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "omezle_moderation_actions_total", Help: "What was done to visitors here, by verdict or by staff.",
	}, []string{"action"})
	m.verdicts = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "omezle_moderation_verdicts_total", Help: "Verdicts about visitors here.",
	}, []string{"shadow"})
	m.troubles = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "omezle_moderation_troubles_total", Help: "Calls here in which a picture could not be judged, by why.",
	}, []string{"trouble"})
	m.bansKept = prometheus.NewCounter(prometheus.CounterOpts{Name: "omezle_bans_refused_total", Help: "Visitors that a ban kept out."})
	m.unwritten = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "omezle_clerk_dropped_total", Help: "Claims, bans, notes and evidence that could not be written.",
	})
	registry.MustRegister(m.sightings, m.measures, m.verdicts, m.troubles, m.bansKept, m.unwritten)
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

func (m *Metrics) sighting(outcome string)       { m.sightings.WithLabelValues(outcome).Inc() }
func (m *Metrics) measure(action models.Action)  { m.measures.WithLabelValues(string(action)).Inc() }
func (m *Metrics) trouble(t models.FrameTrouble) { m.troubles.WithLabelValues(string(t)).Inc() }
func (m *Metrics) kept()                         { m.bansKept.Inc() }
func (m *Metrics) verdict(v models.Verdict) {
	m.verdicts.WithLabelValues(strconv.FormatBool(v.Shadow)).Inc()
}
