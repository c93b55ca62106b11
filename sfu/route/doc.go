// Package route decides which way a pair's media goes: p2p, turn or sfu.
//
// # The decision
//
// [Decide] is a pure function of a [Policy] and of what is known about a pair. It waits for nothing and asks nobody, so
// it may be called on any goroutine and as often as a fact changes, and the same question has the same answer on every
// node. A policy is never changed, only replaced. What is weighed, in this order:
//
//  1. The operator's choice for this call.
//  2. A visitor's wish to hide their address: p2p becomes turn, or sfu, whoever asked for p2p.
//  3. The rules, from the first on; the first whose conditions all hold decides. None: what `otherwise` says.
//  4. Whether anybody can look, if the operator requires that (see below).
//  5. What is there: a route that no node can take gives way to the next fallback.
//  6. Routes that this call has tried in vain.
//  7. What calls from the same network showed: a network from which only the media server was reached starts there.
//
// A forced route skips 5 to 7: it stays, with the reason no_way while it cannot work. A switch that fails may go back to
// the route before only if the decision allows that.
//
// # Looks that nobody can take
//
// With the setting moderation.required and while no node has a classifier, a call is not relayed in order to be looked
// at: where an outcome's route is sfu and it has sampling, sfu is taken out, with the reason no_classifier. The call takes
// the outcome's first fallback then; a rule that is forced or has no fallback means that no media flows at all until
// somebody can look, and both visitors, who can still write, are told why. This is so for a rule on hits and for staff's choice too.
// Outcomes without sampling, and sfu as a fallback for networks that need it, are not touched: there the server
// is not wanted for its look. A picture that moderation has stopped stays on the media server in any case.
//
// # The document
//
// A policy is a JSON document of at most 64 KB. The whole of it, with every condition a rule can have:
//
//	{
//	  "format": 1,
//	  "rules": [{
//	    "name": "new devices in the evening",
//	    "when": {
//	      "share_percent": 12.5,          of all pairs, picked by a hash of the salt (the rule's name, if there is none)
//	      "salt": "a",                    and the pair: raising the share only adds pairs
//	      "modes": ["video"],             one of these
//	      "regions": ["eu"],              either visitor is in one of these
//	      "device_younger_than": "7d",    either visitor's; as 90m, 24h, 7d
//	      "reports_at_least": 1,          either visitor's, of the last 24 hours
//	      "flags_at_least": 1,
//	      "false_alarms_at_least": 1,     claims of either visitor's browser that the server's look refuted, likewise
//	      "hides_ip": false,              true: either does; false: neither does
//	      "networks": ["server"],         either visitor's network is known to need one of these: direct, relay, server
//	      "client_hit": true,             a browser called the other's picture indecent
//	      "sfu_load_above_percent": 20,   of the SFU nodes near the pair
//	      "sfu_load_below_percent": 90
//	    },
//	    "then": {
//	      "route": "sfu",
//	      "forced": false,                true: no other route, even at the price of a blank picture
//	      "fallbacks": ["p2p"],           in this order
//	      "relays": true,                 TURN relays may help p2p
//	      "sampling": "dense",            none, sparse, normal, dense: how often a relayed picture is looked at
//	      "reason": "for the audit log"
//	    }
//	  }],
//	  "otherwise": {"route": "p2p", "relays": true, "fallbacks": ["sfu"]}
//	}
//
// All conditions of a rule must hold; one that is left out holds. Each looks at the worse of the two visitors: a rule for
// young devices with reports also holds if one visitor's device is young and the other has the reports. [Parse] refuses
// what it does not know, names every problem at once, and says what there is instead. Three policies are ready: see
// [Ready].
//
// # In force
//
// A [Keeper] holds the policy in force on its node, or [DefaultPolicy] as version 0 while none was set: see
// [omezle/models/versioned].
package route
