// Package bandwidth estimates what the path to a viewer carries, from when packets
// left and when the viewer says they came (transport-cc), or, without that, from
// the loss in receiver reports.
//
// A standing queue or heavy loss lowers the estimate to below what arrives; a clean
// path raises it slowly, never beyond 1.5 times what is sent, since nothing is known
// about a rate that was never tried. There is no probing: a pair has one encoder, and
// what the estimate is for is to stop it from filling a queue.
//
// An Estimator has no lock and no clock: the leg's shard guards it, times are passed in.
package bandwidth
