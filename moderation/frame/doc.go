// Package frame looks at the pictures of relayed calls: it takes a keyframe of each now and then, has it judged, and
// says when several of them agree. It knows what a rule is and when it has been broken; what is done about it is
// decided by who listens.
//
//	media server ──► Sampler.Keyframe ──► queue ──► Judger ──► vote ──► Alarmed, Looked
//	     ▲                                           │ Local: decode, resize, classify here
//	     └── Sample, AskKeyframe ◄── schedule        └ Remote ──► Redis stream ──► Worker: the same on another node
//
// # What a look costs the call
//
// Copies of keyframes are made only while a look is near, and one that passes anyway is taken before any is asked for.
// What was asked for stays within a share of the bytes that the visitor sends, in the long run; a picture goes without a
// look for no longer than Config.Blind for the sake of that. When looks come is random: nobody can wait for one and then
// be safe. Looks are dense at the start and after a suspicious frame.
//
// # Bounds
//
// A stranger's frame is not decoded before its header has passed Check. One frame waits for each picture at the most,
// the newest; Config.Queue frames and 32 MiB in all, or the oldest goes. The next keyframe is not asked for while one is
// waiting. What is lost so is counted (Stats.Shed). A classifier that is stuck holds up nobody: Keyframe does not wait.
// Frames that raise nothing are kept nowhere and logged nowhere; suspicious ones are kept in memory for an alarm, at
// most five a picture and 64 MiB in all. In Redis frames live for seconds: each is deleted when it is answered or wanted
// no more, the stream holds 256 at the most and expires when unused.
//
// # Votes
//
// See vote. One frame never decides, unless a rule says one of one. A sender who answers no ask for a keyframe, or whose
// keyframes cannot be decoded or show nothing, is told as a trouble, and raises no alarm.
//
// # Goroutines
//
// Sampler.Run has one that keeps time, and alone talks to the media server, and one for each frame that is judged at the
// same time; these call Alarmed and Looked, of one picture in order. Remote.Run has one, Worker.Run one and one for each
// frame that it judges. All end with their context and wait for theirs. The sampler's mutex guards all its state and is
// never held while others are called, but for Deps.Rules.
//
// The pictures' format is RFC 6386; colours are BT.601 limited range, as WebRTC sends them.
package frame
