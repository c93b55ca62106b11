package main

import (
	"cmp"

	"omezle/cmd/omezle/config"
)

// helpTexts describes keys whose owners do not. A tag of the owner wins, and
// then its line here has to go; a test sees to both.
var helpTexts = map[string]string{
	"match.regions":         "names of the regions that visitors are matched in first; none or one: regions play no part",
	"match.shards":          "queues that the languages of a region are spread over; 1 will do for one Redis",
	"match.interests_for":   "how long somebody with interests insists on sharing one",
	"match.language_for":    "how long somebody insists on their language",
	"match.region_for":      "how long somebody insists on their region",
	"match.rematch_after":   "how long both wait, with nobody else there, before two who have just met meet again",
	"match.lease":           "how long somebody whose node is silent stays in the queue",
	"bus.interval":          "time between two heartbeats of a node",
	"bus.dead_after":        "how long a node may be silent before the others declare it dead",
	"bus.lease":             "how long cleaning up after a dead node stays with the node that began it",
	"bus.queue_messages":    "messages that wait for one other node; further ones are refused",
	"bus.queue_bytes":       "size of the messages that wait for one other node",
	"bus.max_age":           "how long a message to another node may wait, as it does when Redis is away",
	"bus.flush_grace":       "how long a stop goes on handing over what is queued",
	"history.queue":         "rows of history kept while the database is slow or away",
	"history.batch":         "rows of history written together",
	"history.interval":      "the longest a row waits for its batch to fill",
	"history.write_timeout": "a write that takes longer has failed and is tried again",
	"history.min_backoff":   "pause after the first failed write, doubled by each further one",
	"history.max_backoff":   "the longest pause between failed writes",
	"history.stop_timeout":  "for writing what is queued at the stop",
}

func helpText(key *config.Key) string { return cmp.Or(key.Help, helpTexts[key.Path], key.Path) }
