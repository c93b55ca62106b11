package frame

import "time"

// account keeps what the keyframes that were asked for have cost a sender's picture within a share of what the sender
// sends: what is sent earns, a keyframe that answers an ask is charged. One that passes anyway costs nothing.
type account struct {
	balance float64 // bytes
	at      time.Time
	typical int // bytes of the newest keyframe
}

// firstKeyframe is what a keyframe is taken to cost before one was seen: 640x480 at 800 kbit/s.
const firstKeyframe = 10 << 10

// earn adds what was sent since the last call at a rate. Thrift does not pay beyond the limit.
func (a *account) earn(now time.Time, sentBPS, percent, limit int) {
	if !a.at.IsZero() {
		a.balance += now.Sub(a.at).Seconds() * float64(sentBPS) / 8 * float64(percent) / 100
	}
	a.at = now
	a.balance = min(a.balance, float64(limit))
}

func (a *account) cost() float64 {
	if a.typical == 0 {
		return firstKeyframe
	}
	return float64(a.typical)
}

// wait is how long until another keyframe can be afforded at a rate; 0: it can now.
func (a *account) wait(sentBPS, percent, overdraft int) time.Duration {
	missing := a.cost() - float64(overdraft) - a.balance
	if missing <= 0 {
		return 0
	}
	rate := float64(max(sentBPS, 1)) / 8 * float64(percent) / 100
	return time.Duration(min(missing/rate, 3600) * float64(time.Second))
}

// seen notes a keyframe, charged if it was asked for.
func (a *account) seen(size int, asked bool) {
	a.typical = size
	if asked {
		a.balance -= float64(size)
	}
}
