package frame

import "time"

// Stats are counts since the sampler was made, but for the first group, which is of now. They fit metrics: counts only
// grow.
type Stats struct {
	Watched     int // legs whose plan is to look
	Queued      int // frames that wait
	QueuedBytes int
	Judging     int // frames that are being judged
	StillsBytes int // kept because they were suspicious

	Asked      uint64 // keyframes that senders were asked for
	Unanswered uint64 // of those, not answered in time
	Thrifty    uint64 // asks put off for the sake of the budget
	AskedBytes uint64 // of keyframes that answered
	Taken      uint64 // keyframes taken
	Passing    uint64 // of those, without being asked for

	Judged       uint64
	Hot          uint64 // of those, over a rule's threshold
	NoPicture    uint64
	Undecodable  uint64
	NoKeyframes  uint64 // senders found to answer no ask
	Failed       uint64 // judgements that failed by our own fault
	Alarms       uint64
	ShadowAlarms uint64

	Shed Shed

	Took  Took          // sums over Judged
	Waits time.Duration // sum over Judged, in the queue
}

// Shed counts looks that were lost, by reason.
type Shed struct {
	Replaced uint64 // a newer frame of the same visitor came
	Full     uint64 // the oldest when the queue was full
	Stale    uint64 // waited too long
	Behind   uint64 // not asked for as the one before was not judged yet
}

// Total is their sum.
func (s Shed) Total() uint64 { return s.Replaced + s.Full + s.Stale + s.Behind }

// Stats tells how it goes.
func (s *Sampler) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.stats
	stats.Queued, stats.QueuedBytes = s.queue.Len(), s.queue.bytes
	return stats
}
