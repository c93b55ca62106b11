// Package frame looks at keyframes of relayed calls: it takes one now and then, has it judged, and says when several of
// them agree.
package frame
