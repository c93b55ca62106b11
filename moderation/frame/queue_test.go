package frame

import (
	"testing"
	"time"
)

func TestANewerFrameOfTheSameVisitorTakesThePlaceOfTheOneThatWaits(t *testing.T) {
	q := queue{limit: 2}
	now := time.Now()
	one, other := new(watch), new(watch)
	q.put(&job{watch: one, frame: make([]byte, 100), at: now}, false)
	q.put(&job{watch: other, frame: make([]byte, 100), at: now}, false)
	newer := &job{watch: one, frame: make([]byte, 300), at: now.Add(time.Second)}
	if replaced, full := q.put(newer, false); !replaced || full != 0 {
		t.Errorf("replaced %v, %d dropped", replaced, full)
	}
	if q.Len() != 2 || q.bytes != 400 || one.queued != newer {
		t.Errorf("%d jobs of %d bytes wait", q.Len(), q.bytes)
	}
	first, _ := q.take(now, time.Minute)
	second, _ := q.take(now, time.Minute)
	if first != newer || second.watch != other || q.Len() != 0 || q.bytes != 0 || one.queued != nil {
		t.Errorf("the newer one did not come first: %+v, %+v", first, second)
	}
}
