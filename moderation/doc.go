// Package moderation decides what follows from what a picture shows.
//
// # The way of one picture
//
// The media server hands keyframes of a relayed call to [omezle/moderation/frame], which looks at some of them, scores
// them and lets its votes decide when a visitor breaks a rule: an alarm. [Judge] takes the alarm from there. It runs on
// the node of the media server, so that the video is stopped by a call in the same process:
//
//	alarm ──► stop the video, if a step that may follow stops it     at once, on the caller's goroutine
//	      ──► the violations of the device, from the database        250 ms at the most
//	      ──► verdict to the visitor's home: blur, warn, end, ban
//	      ──► flag and stills for reviewers                          when the database can take them
//
// A rule in shadow is counted, and its verdict says that nothing is done; there is no flag and no still. What raises no
// alarm never comes here: it is neither kept nor logged.
//
// # The rules
//
// [Rules] are a JSON document of at most 64 KB, kept in versions under [RulesName] and changed while the service runs:
// [Keeper] has them in force on all nodes within a second. The whole of it:
//
//	{
//	  "format": 1,
//	  "rules": [{
//	    "name": "nudity",
//	    "mode": "live",               off, shadow (counts and does nothing), live
//	    "percent": 100,               of visitors, picked by a hash; all when it is left out
//	    "reason": "nudity",           that both visitors are told; there are words for this one only
//	    "classes": ["Porn", "Hentai"],
//	    "threshold": 0.85,            the highest score of these classes from which on a picture counts
//	    "release": 0.6,               once the rule has fired: below it a picture is clean again
//	    "need": 2,                    so many, two at the least,
//	    "of": 3,                      of so many pictures that were looked at
//	    "window": "15s",              within this time
//	    "cooldown": "1m"              before the rule can fire again about the same visitor of the same call
//	  }],
//	  "ladder": [
//	    {"actions": ["blur", "stop", "warn"]},
//	    {"actions": ["blur", "stop", "end"]},
//	    {"actions": ["end", "ban"], "ban_for": "1d"}
//	  ]
//	}
//
// [Parse] refuses what it does not know and names every problem at once. The nth violation takes the nth step of the
// ladder, and the last step repeats; a step without actions only puts the picture before reviewers. A visitor's violations
// are those in this call, and those of the device of the last 24 hours in others; what reviewers have dismissed is none.
// Alarms of several rules within 5 s are one violation.
//
// # Guarantees
//
// [Judge.Alarmed] waits for nothing. Who is judged does not depend on the database: while it is away or slow, the
// violations of the call alone count. Every queue is bounded in number, bytes and time, and what is lost is counted. The
// goroutines are those of [Judge.Run].
package moderation
