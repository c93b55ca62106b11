package frame

import (
	"container/list"
	"time"

	"omezle/models"
)

// maxQueueBytes bounds a queue of frames that are all as large as they may be.
const maxQueueBytes = 32 << 20

// job is a frame that waits to be judged.
type job struct {
	watch *watch
	leg   models.Leg // when it was taken
	frame []byte
	err   error // it need not be judged: what Check says of it; frame is empty then
	at    time.Time
	place *list.Element
}

// queue holds at most one job for each watch. The sampler's mutex guards it.
type queue struct {
	list.List
	bytes int
	limit int // jobs
}

// put adds a job, at the front if it is urgent. A job of the same watch gives it its place; when all is full the oldest
// goes. It returns which of the two happened.
func (q *queue) put(j *job, urgent bool) (replaced bool, full int) {
	if old := j.watch.queued; old != nil {
		q.bytes += len(j.frame) - len(old.frame)
		j.place = old.place
		j.place.Value = j
		j.watch.queued = j
		replaced = true
	} else {
		q.bytes += len(j.frame)
		j.watch.queued = j
		if urgent {
			j.place = q.PushFront(j)
		} else {
			j.place = q.PushBack(j)
		}
	}
	for q.Len() > q.limit || (q.bytes > maxQueueBytes && q.Len() > 1) {
		victim := q.oldest()
		if victim == nil {
			break
		}
		q.remove(victim)
		full++
	}
	return replaced, full
}

// oldest is the job that waits longest. Urgent ones are few, and at the front.
func (q *queue) oldest() *job {
	var oldest *job
	for e := q.Front(); e != nil; e = e.Next() {
		if j := e.Value.(*job); oldest == nil || j.at.Before(oldest.at) {
			oldest = j
		}
	}
	return oldest
}

func (q *queue) remove(j *job) {
	q.Remove(j.place)
	q.bytes -= len(j.frame)
	j.watch.queued = nil
}

// take removes the first job whose watch has none being judged. Jobs that are older than stale are dropped and counted.
func (q *queue) take(now time.Time, stale time.Duration) (next *job, dropped int) {
	for e := q.Front(); e != nil; {
		j := e.Value.(*job)
		e = e.Next()
		if now.Sub(j.at) > stale {
			q.remove(j)
			dropped++
			continue
		}
		if !j.watch.working {
			q.remove(j)
			return j, dropped
		}
	}
	return nil, dropped
}
