package main

import (
	"time"

	"omezle/moderation"
	"omezle/moderation/frame"
)

// watchFrames publishes what judging counts.
func (n *node) watchFrames() {
	count := func(name, help string, of func(frame.Stats) uint64) {
		n.private.count("omezle_frames_"+name, help, func() float64 { return float64(of(n.frames.sampler.Stats())) })
	}
	count("asked_total", "Keyframes that senders were asked for, to be judged.", func(s frame.Stats) uint64 { return s.Asked })
	count("asked_bytes_total", "Bytes of keyframes that came for it.", func(s frame.Stats) uint64 { return s.AskedBytes })
	count("unanswered_total", "Asks that no keyframe answered in time.", func(s frame.Stats) uint64 { return s.Unanswered })
	count("taken_total", "Keyframes taken.", func(s frame.Stats) uint64 { return s.Taken })
	count("passing_total", "Keyframes taken that came without being asked for.", func(s frame.Stats) uint64 { return s.Passing })
	count("judged_total", "Frames judged.", func(s frame.Stats) uint64 { return s.Judged })
	count("hot_total", "Frames over a rule's threshold.", func(s frame.Stats) uint64 { return s.Hot })
	count("no_picture_total", "Frames too dark or too even to be called anything.", func(s frame.Stats) uint64 { return s.NoPicture })
	count("undecodable_total", "Keyframes that are no VP8, or too large.", func(s frame.Stats) uint64 { return s.Undecodable })
	count("failed_total", "Judgements that failed by our own fault.", func(s frame.Stats) uint64 { return s.Failed })
	count("shed_total", "Looks that were lost to overload.", func(s frame.Stats) uint64 { return s.Shed.Total() })
	seconds := func(name, help string, of func(frame.Stats) time.Duration) {
		n.private.count("omezle_frames_"+name+"_seconds_total", help, func() float64 { return of(n.frames.sampler.Stats()).Seconds() })
	}
	seconds("waited", "Time that judged frames waited before.", func(s frame.Stats) time.Duration { return s.Waits })
	seconds("decode", "Time of judgements that went into decoding.", func(s frame.Stats) time.Duration { return s.Took.Decode })
	seconds("resize", "Time of judgements that went into resizing.", func(s frame.Stats) time.Duration { return s.Took.Resize })
	seconds("classify", "Time of judgements that went into the model.", func(s frame.Stats) time.Duration { return s.Took.Classify })
	n.private.gauge("omezle_frames_watched", "Visitors whose picture is looked at.", func() float64 { return float64(n.frames.sampler.Stats().Watched) })
	n.private.gauge("omezle_frames_queued", "Frames that wait to be judged.", func() float64 { return float64(n.frames.sampler.Stats().Queued) })

	verdict := func(name, help string, of func(moderation.Stats) uint64) {
		n.private.count("omezle_verdicts_"+name, help, func() float64 { return float64(of(n.frames.judge.Stats())) })
	}
	verdict("total", "Violations that rules acted on.", func(s moderation.Stats) uint64 { return s.Alarms })
	verdict("shadow_total", "Violations of rules that are only watched.", func(s moderation.Stats) uint64 { return s.Shadow })
	verdict("flags_total", "Flags put before reviewers.", func(s moderation.Stats) uint64 { return s.Flags })
	verdict("flags_lost_total", "Flags lost to a database that was away for too long.", func(s moderation.Stats) uint64 { return s.FlagsLost })
	verdict("stills_lost_total", "Pictures of flags lost likewise.", func(s moderation.Stats) uint64 { return s.StillsLost })
}
