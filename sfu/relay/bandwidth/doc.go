// Package bandwidth estimates what the path to a viewer carries, from when packets
// left and when the viewer says they came (transport-cc), or, without that, from
// the loss in receiver reports.
//
// # What counts as congestion
//
//   - A queue that stands: even the luckiest packet of several feedbacks in a row waited.
//     A viewer or a network that stood still for a moment delivers what it held back at
//     once, the last of it with no wait at all, so that is no queue, however long it was.
//   - Loss of more than a tenth that lasts. Less than that is how radio is.
//
// A queue that does not shrink while less is sent than came through before is not ours
// (another path, a clock that drifts): it is taken for the path's own delay from then on.
//
// # What follows
//
//	steady --standing queue--> draining --queue empty--> steady
//
// While it drains, less is allowed than the path was seen to carry; then a little less
// than that. Near that rate the estimate grows slowly, as a path that is full would fill
// again; once it is past it, or where nothing is known, quickly, but never beyond 1.5
// times what is sent, since nothing is known about a rate that was never tried. There is
// no probing: a pair has one encoder, and what the estimate is for is to stop it from
// filling a queue.
//
// An Estimator has no lock and no clock: the leg's shard guards it, times are passed in.
package bandwidth
