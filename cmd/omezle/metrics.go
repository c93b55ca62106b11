package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"omezle/models/store"
	"omezle/signaling/bus"
)

// count publishes a number that only grows.
func (p *private) count(name, help string, value func() float64) {
	p.metrics.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
}

// gauge publishes a number that goes up and down.
func (p *private) gauge(name, help string, value func() float64) {
	p.metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

// watchHistory publishes what the recorder counts.
func (p *private) watchHistory(stats func() store.RecorderStats) {
	p.gauge("omezle_history_queued", "Rows of history that wait for the database.", func() float64 { return float64(stats().Queued) })
	p.count("omezle_history_written_total", "Rows of history in the database.", func() float64 { return float64(stats().Written) })
	p.count("omezle_history_dropped_total", "Rows of history lost to a full queue.", func() float64 { return float64(stats().Dropped) })
	p.count("omezle_history_refused_total", "Rows of history that the database did not take.", func() float64 { return float64(stats().Refused) })
}

// watchBus publishes what the bus counts.
func (p *private) watchBus(stats func() bus.Stats) {
	p.gauge("omezle_bus_queued", "Messages that wait for another node.", func() float64 { return float64(stats().Queued) })
	p.count("omezle_bus_sent_total", "Messages handed to Redis.", func() float64 { return float64(stats().Sent) })
	p.count("omezle_bus_batches_total", "Publications that carried them.", func() float64 { return float64(stats().Batches) })
	p.count("omezle_bus_received_total", "Messages of other nodes.", func() float64 { return float64(stats().Received) })
	p.count("omezle_bus_dropped_total", "Messages that were too many, too old or for a node that is gone.", func() float64 { return float64(stats().Dropped) })
	p.count("omezle_bus_missed_total", "Batches that did not arrive here.", func() float64 { return float64(stats().Missed) })
	p.count("omezle_bus_malformed_total", "Batches that could not be read.", func() float64 { return float64(stats().Malformed) })
}
