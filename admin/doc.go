// Package admin is what staff ask over HTTP: the policy that routes media, the calls that are live, the rules about pictures,
// and the flags that people decide on.
//
// For now there are two roles, the operator and the reviewer, with one token each; people with sessions and a console come
// later. Neither may do what only the other may: the operator does not see visitors' pictures or decide on them, a
// reviewer does not change what is done about them. It owns no goroutine. A [Server] is safe for concurrent use.
//
// Of the operator:
//
//	GET  /api/admin/policy             what is in force, with its version as ETag
//	PUT  /api/admin/policy             {"policy": ..., "note": ...}, If-Match: the version that was changed
//	GET  /api/admin/policy/history     its versions, newest first
//	POST /api/admin/policy/dry-run     a policy: what it would change about the calls that are live now
//	GET  /api/admin/calls              live calls by pair, 100 a page
//	PUT  /api/admin/calls/{pair}/route {"route": ..., "forced": ...}: overrides the policy for one call
//	DELETE the same                    gives the call back to the policy
//	PUT  /api/admin/frame-rules        the rules about pictures, as the policy
//	GET  /api/admin/banks/{bank}       a bank of hashes as text, one a line
//	POST /api/admin/banks/{bank}       adds such lines to it, 8 MB at the most
//
// Of both:
//
//	GET  /api/admin/frame-rules        and /history
//	GET  /api/admin/frame-rules/precision?rule=nudity&thresholds=0.8,0.9&classes=Porn
//	                                   how often reviewers agreed, by version and threshold; thresholds and classes may be left out
//	GET  /api/admin/flags/counts       flags by kind and state
//	GET  /api/admin/banks              banks of hashes
//
// Of the reviewer:
//
//	GET  /api/admin/flags?state=&kind=&device=&session=&rule=&shadow=&limit=&before=
//	                                   the queue, newest first, 50 a page
//	GET  /api/admin/flags/{flag}       one flag: scores of both sides, timeline, decisions, evidence, the last lines of chat
//	POST /api/admin/flags/{flag}/claim    {"version": ...}: takes it for 10 minutes, which all work on it renews
//	POST /api/admin/flags/{flag}/release  {"version": ...}: gives it back
//	POST /api/admin/flags/{flag}/decide   {"version": ..., "outcome": "confirm" or "dismiss", "action": "none", "warn", "end" or
//	                                      "ban", "ban_for": "24h", "reason": ...}
//	POST /api/admin/flags/{flag}/undo     {"version": ...}: takes the decision back, within 10 s
//	GET  /api/admin/flags/{flag}/evidence what is kept of it
//	PUT  /api/admin/flags/{flag}/hold     {"reason": ...}: legal hold: its evidence is kept; DELETE ends that
//	GET  /api/admin/evidence/{item}/preview  a grey, blurred PNG
//	POST /api/admin/evidence/{item}/reveal   {"reason": ...}: the original, to who holds the flag
//
// A version may be left out of all but a decision; a reason anywhere. Those who share the reviewer's token are one reviewer: the
// version keeps their decisions apart, the claim does not.
//
// Guarantees:
//
//   - Nothing is answered without a token, which is compared in constant time; without one configured the API is
//     off. An address that gave a wrong one ten times in a minute waits for the rest of it.
//   - Every way has its roles in one table (ways.go), and the test has the table once more; anybody else gets 403.
//   - Pages of other sites are refused, whatever they send. Bodies are bounded before they are read.
//   - A change is made from a version that the caller names (RFC 9110, If-Match; flags: in the body), so that nobody
//     overwrites another's.
//   - Every change goes to the audit log, as one by "operator" or "reviewer". It is written after the change; where that fails
//     the answer is an error that says so. An original, and chat, are answered only after the audit log has it.
//   - Evidence is answered with no-store, nosniff, a policy that runs nothing of it, and as an attachment.
//   - Errors are problems as of RFC 9457, with a code that programs branch on and, for a document, the list of all that is
//     wrong with it.
//
// Whoever has these things is joined by cmd, behind the interfaces in [Deps]: the database is the [Queue] and the audit [Log],
// moderation/review's Desk the [Reviews]. What is nil there is not answered.
package admin
