package frame

import "time"

// Still is a frame that is kept because something was suspicious.
type Still struct {
	Frame         []byte // a VP8 keyframe; nobody changes it
	Width, Height int    // pixels
	Scores        map[string]float64
	At            time.Time // when the keyframe was complete
}

const (
	// maxStills is how many an alarm carries.
	maxStills = 5
	// stillsFor is how long they are kept for an alarm after the last suspicious one.
	stillsFor = time.Minute
	// maxStillsBytes bounds what all watches of a node keep together; an alarm still has the frame that raised it.
	maxStillsBytes = 64 << 20
)

// stills are the newest frames of one visitor since the first suspicious one. As long as nothing is suspicious
// nothing is kept.
type stills struct {
	frames []Still
	hot    []bool
	last   time.Time // of the newest suspicious one
	bytes  int
}

// expire drops all when nothing suspicious came for long. Like keep and drop it returns by how many bytes less is kept.
func (s *stills) expire(now time.Time) (freed int) {
	if len(s.frames) > 0 && now.Sub(s.last) > stillsFor {
		return s.drop()
	}
	return 0
}

// drop forgets all.
func (s *stills) drop() (freed int) {
	freed = s.bytes
	*s = stills{}
	return freed
}

// keep takes a frame: suspicious ones, and those after them. The oldest harmless one makes room, else the oldest.
func (s *stills) keep(still Still, hot bool) (freed int) {
	if !hot && len(s.frames) == 0 {
		return 0
	}
	if hot {
		s.last = still.At
	}
	if len(s.frames) == maxStills {
		victim := 0
		for i, h := range s.hot {
			if !h {
				victim = i
				break
			}
		}
		freed = len(s.frames[victim].Frame)
		s.frames = append(s.frames[:victim], s.frames[victim+1:]...)
		s.hot = append(s.hot[:victim], s.hot[victim+1:]...)
	}
	s.frames, s.hot = append(s.frames, still), append(s.hot, hot)
	freed -= len(still.Frame)
	s.bytes -= freed
	return freed
}
