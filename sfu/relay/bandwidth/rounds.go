package bandwidth

import "time"

const (
	kept   = 16                     // feedbacks remembered: browsers send one each 50 to 250 ms
	window = 500 * time.Millisecond // of them is looked at
)

// round is what one feedback told.
type round struct {
	received, lost int           // packets
	came, went     int           // bytes that arrived, and that were sent
	sent, arrival  time.Duration // the last, by our clock and by the viewer's
	queue, delay   time.Duration // of the luckiest packet
}

// rounds are the last feedbacks, and the one that is being read.
type rounds struct {
	ring  [kept]round
	count int // so far
	now   round
}

func (l *rounds) arrived(sent, arrival time.Duration, size int, queue time.Duration) {
	r := &l.now
	if r.received == 0 || queue < r.queue {
		r.queue, r.delay = queue, arrival-sent
	}
	if r.received == 0 || arrival > r.arrival {
		r.arrival = arrival
	}
	r.received++
	r.came += size
	r.left(sent, size)
}

func (l *rounds) lost(sent time.Duration, size int) {
	l.now.lost++
	l.now.left(sent, size)
}

func (r *round) left(sent time.Duration, size int) {
	r.went += size
	r.sent = max(r.sent, sent)
}

// end is true when the feedback told of anything that came.
func (l *rounds) end() bool {
	if l.now.received == 0 {
		return false
	}
	l.ring[l.count%kept] = l.now
	l.count++
	l.now = round{}
	return true
}

// last feedback, empty if there was none.
func (l *rounds) last() round {
	if l.count == 0 {
		return round{}
	}
	return l.ring[(l.count-1)%kept]
}

// flow is how much goes and comes, in bits per second, and what share is lost.
type flow struct {
	sending, arriving, loss float64
	packets                 int
}

// flow of the last half second or so.
func (l *rounds) flow() flow {
	var f flow
	newest := l.last()
	lost, went, came := 0, 0, 0
	for back := 1; back <= min(l.count, kept); back++ {
		r := l.ring[(l.count-back)%kept]
		gone, past := newest.sent-r.sent, newest.arrival-r.arrival
		if gone >= window && past >= window || back == min(l.count, kept) {
			f.sending, f.arriving = rate(went, gone), rate(came, past)
			break
		}
		lost += r.lost
		f.packets += r.lost + r.received
		went += r.went
		came += r.came
	}
	if f.packets > 0 {
		f.loss = float64(lost) / float64(f.packets)
	}
	return f
}

func rate(bytes int, span time.Duration) float64 {
	if span <= 0 {
		return 0
	}
	return float64(bytes) * 8 / span.Seconds()
}
