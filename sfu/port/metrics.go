package port

import "github.com/prometheus/client_golang/prometheus"

// Metrics are the counters of a Port.
type Metrics struct {
	connections *prometheus.CounterVec // by kind and whether inside TLS
	refused     *prometheus.CounterVec // by reason
	pending     prometheus.Gauge
}

// Reasons for which a connection is closed before anybody has it.
const (
	refusedBusy    = "pending"   // MaxPending were being looked at
	refusedProxy   = "proxy"     // no PROXY header from where one was due
	refusedAddress = "address"   // its address has too many
	refusedSilent  = "silent"    // said too little in time, or went
	refusedTLS     = "handshake" // TLS failed, or there is no certificate
	refusedKind    = "kind"      // nobody listens for what it speaks
)

// NewMetrics registers the counters with a registry.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		connections: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "omezle_port_connections_total", Help: "Connections of the public port by what they speak, and whether inside TLS.",
		}, []string{"kind", "tls"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "omezle_port_refused_total", Help: "Connections of the public port that nobody got, by reason.",
		}, []string{"reason"}),
		pending: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "omezle_port_pending", Help: "Connections of the public port that have not said yet what they speak.",
		}),
	}
	registry.MustRegister(m.connections, m.refused, m.pending)
	return m
}
