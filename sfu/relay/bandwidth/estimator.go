package bandwidth

import "time"

// Limits of an estimate, bits per second.
const (
	Start   = 2_500_000
	Minimum = 100_000
	Maximum = 8_000_000
)

const (
	window = 500 * time.Millisecond // over which rates and loss are measured

	queueHigh = 80 * time.Millisecond // a standing queue: lower
	queueLow  = 30 * time.Millisecond // none worth mentioning: may raise
	backOff   = 0.85                  // of what arrives

	lossHigh = 0.10
	lossLow  = 0.02

	growth   = 1.08 // a second
	headroom = 1.5  // of what is sent

	baseAge  = 5 * time.Second // half of how long the lowest delay is believed
	clockLap = time.Minute     // a delay that differs by more is another clock
)

// Estimator for one viewer. The zero value is ready and says Start.
type Estimator struct {
	rate float64 // 0: Start

	began              time.Duration // of the window
	sent, arrived      int           // bytes
	received, lost     int           // packets
	queue              time.Duration // lowest since the last update
	measured           bool          // queue is set
	base, previousBase time.Duration // lowest delays of two spans
	baseSince          time.Duration
	haveBase           bool
	lowered            time.Duration
	updated            time.Duration
}

// BPS is the estimate, in bits per second.
func (e *Estimator) BPS() int {
	if e.rate == 0 {
		return Start
	}
	return int(e.rate)
}

// Arrived tells of a packet of size bytes; sent and arrived are by different clocks.
func (e *Estimator) Arrived(sent, arrived time.Duration, size int, now time.Duration) {
	e.received++
	e.sent += size
	e.arrived += size
	delay := arrived - sent
	if !e.haveBase || delay < e.base-clockLap || delay > e.base+clockLap {
		e.haveBase, e.base, e.previousBase, e.baseSince = true, delay, delay, now
	}
	if now-e.baseSince > baseAge {
		e.previousBase, e.base, e.baseSince = e.base, delay, now
	}
	e.base = min(e.base, delay)
	queue := delay - min(e.base, e.previousBase)
	if !e.measured || queue < e.queue {
		e.queue, e.measured = queue, true
	}
}

// Lost tells of a packet of size bytes that the viewer missed.
func (e *Estimator) Lost(size int) {
	e.lost++
	e.sent += size
}

// Update draws conclusions; call it after each feedback.
func (e *Estimator) Update(now time.Duration) {
	if e.rate == 0 {
		e.rate, e.began, e.updated = Start, now, now
		return
	}
	elapsed := now - e.began
	since := min(now-e.updated, time.Second) // since it was raised or lowered
	queue, measured := e.queue, e.measured
	e.measured = false
	if elapsed < window/2 {
		return
	}
	seconds := elapsed.Seconds()
	arriving := float64(e.arrived) * 8 / seconds
	sending := float64(e.sent) * 8 / seconds
	loss := 0.0
	if n := e.received + e.lost; n > 0 {
		loss = float64(e.lost) / float64(n)
	}
	switch {
	case measured && queue > queueHigh && now-e.lowered > window:
		e.lower(min(e.rate, arriving*backOff), now)
	case loss > lossHigh && e.received+e.lost > 10 && now-e.lowered > window:
		e.lower(min(e.rate*(1-loss/2), max(arriving, sending*(1-loss))), now)
	case measured && queue < queueLow && loss < lossLow:
		if allowed := sending * headroom; e.rate < allowed {
			e.rate = min(e.rate*(1+(growth-1)*since.Seconds()), allowed)
		}
		e.updated = now
	}
	e.rate = max(Minimum, min(Maximum, e.rate))
	if elapsed >= window {
		e.restart(now)
	}
}

// Report takes a receiver report's share of lost packets, for viewers who send no
// transport-cc. sending is what was sent them, in bits per second.
func (e *Estimator) Report(loss float64, sending float64, now time.Duration) {
	if e.rate == 0 {
		e.rate, e.updated = Start, now
		return
	}
	since := min(now-e.updated, 5*time.Second)
	e.updated = now
	switch {
	case loss > lossHigh:
		e.rate = min(e.rate, sending) * (1 - loss/2)
	case loss < lossLow && e.rate < sending*headroom:
		e.rate = min(e.rate*(1+(growth-1)*since.Seconds()), sending*headroom)
	}
	e.rate = max(Minimum, min(Maximum, e.rate))
}

func (e *Estimator) lower(rate float64, now time.Duration) {
	e.rate, e.lowered, e.updated = rate, now, now
	e.restart(now)
}

func (e *Estimator) restart(now time.Duration) {
	e.began, e.sent, e.arrived, e.received, e.lost = now, 0, 0, 0, 0
}
