// Package admin is what staff ask over HTTP: the policy that routes media, and the calls that are live.
//
// For now there is one member of staff, the operator, who has one token; people with roles, sessions and a console come
// later. It owns no goroutine. A [Server] is safe for concurrent use.
//
//	GET  /api/admin/policy             what is in force, with its version as ETag
//	PUT  /api/admin/policy             {"policy": ..., "note": ...}, If-Match: the version that was changed
//	GET  /api/admin/policy/history     its versions, newest first
//	POST /api/admin/policy/dry-run     a policy: what it would change about the calls that are live now
//	GET  /api/admin/calls              live calls by pair, 100 a page
//	PUT  /api/admin/calls/{pair}/route {"route": ..., "forced": ...}: overrides the policy for one call
//	DELETE the same                    gives the call back to the policy
//
// Guarantees:
//
//   - Nothing is answered without the token, which is compared in constant time; without a token configured the API is
//     off. An address that gave a wrong one ten times in a minute waits for the rest of it.
//   - Pages of other sites are refused, whatever they send. Bodies are bounded before they are read.
//   - A change is made from a version that the caller names (RFC 9110, If-Match), so that no editor overwrites another.
//   - Every change goes to the audit log, as one by "operator". It is written after the change; where that fails the
//     answer is an error that says so.
//   - Errors are problems as of RFC 9457, with a code that programs branch on and, for a policy, the list of all that is
//     wrong with it.
//
// Whoever has the calls and the policy is joined by cmd, behind [Calls] and [Policies].
package admin
