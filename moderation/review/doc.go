// Package review is what people do with flags: take one, look at its evidence, decide, and take a decision back.
//
// It owns no goroutine and keeps nothing: a [Desk] is safe for concurrent use, and any number of nodes have one. The queue,
// the evidence, what is done to visitors and the audit log are joined by cmd behind [Flags], [Evidence], [Sanctions] and
// [Log].
//
//	open <-> claimed -> upheld, dismissed
//	         claimed <- (undo, for 10 s)
//
// Guarantees:
//
//   - A flag has one holder. A claim is a lease of 10 minutes, which each thing that its holder does with the flag renews;
//     one that ran out may be claimed by anybody. Each change names the version of the flag that it was made from.
//   - A decision is stored first, and its effects follow at once: a dismissal takes back what is in force against the visitor
//     (blur, stop, ban), a violation may add a warning, the end of the call or a ban. Effects that fail do not undo
//     the decision; the answer says so (models.ErrUnenforced).
//   - Whoever decided may take it back within 10 s: a ban is lifted, what a dismissal had lifted is put back. A call that was
//     ended, and a warning, cannot be taken back; the answer says so.
//   - An original leaves only to the holder, and only after the audit log has it. A preview is grey, 64 pixels wide before
//     it is enlarged, and blurred (package preview).
//   - Evidence is told of each outcome, so that it is kept as long as that outcome asks for.
package review
