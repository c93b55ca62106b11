package turn

import "github.com/prometheus/client_golang/prometheus"

// Metrics are the counters of a Server.
type Metrics struct {
	allocations *prometheus.CounterVec
	refused     *prometheus.CounterVec
	streams     prometheus.Gauge

	sentBytes, sentPackets, receivedBytes, receivedPackets prometheus.Counter
}

// Reasons for refusals.
const (
	refusedForeign  = "foreign"
	refusedExpired  = "expired"
	refusedReused   = "reused"
	refusedQuota    = "quota"
	refusedPeer     = "peer"
	refusedDatagram = "datagram"
)

// NewMetrics registers the counters with a registry.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	bytes := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "omezle_turn_bytes_total", Help: "Payload relayed, to peers and from them.",
	}, []string{"direction"})
	packets := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "omezle_turn_packets_total", Help: "Datagrams relayed, to peers and from them.",
	}, []string{"direction"})
	m := &Metrics{
		allocations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "omezle_turn_allocations_total", Help: "Relays made, by how the client is connected.",
		}, []string{"transport"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "omezle_turn_refused_total", Help: "Requests and datagrams refused: credentials that are foreign, expired or reused, quota, peers, datagrams.",
		}, []string{"reason"}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "omezle_turn_connections", Help: "TCP and TLS connections of clients.",
		}),
		sentBytes: bytes.WithLabelValues("to_peer"), sentPackets: packets.WithLabelValues("to_peer"),
		receivedBytes: bytes.WithLabelValues("from_peer"), receivedPackets: packets.WithLabelValues("from_peer"),
	}
	registry.MustRegister(bytes, packets, m.allocations, m.refused, m.streams)
	return m
}

func (m *Metrics) sent(n int) {
	m.sentPackets.Inc()
	m.sentBytes.Add(float64(n))
}

func (m *Metrics) received(n int) {
	m.receivedPackets.Inc()
	m.receivedBytes.Add(float64(n))
}
