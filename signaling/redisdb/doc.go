// Package redisdb is the one way this program reaches Redis.
//
// It owns how a URL becomes a client (time-outs, pool, retries), and the
// embedded server that stands in when no URL is configured. It knows no key
// and no script: those live with the package whose data they hold.
//
// # One code path
//
// The embedded default is a real Redis protocol server in this process
// (miniredis) on a loopback port behind a random password, so the same
// go-redis client and the same Lua run everywhere. Its clock is driven by a
// goroutine that [DB.Close] ends and waits for. Keys of the embedded server
// expire up to 100 ms early (more with very many keys), so no lease there
// should be shorter than a second. Its data ends with the process.
//
// # Rules for callers
//
//   - Work on several keys is one Lua script, and all its keys share a hash tag
//     ("omezle:{nodes}:seen", "omezle:{nodes}:info"): Redis Cluster refuses
//     anything else, and the embedded server would hide the mistake.
//   - Scripts run through [redis.Script.Run], which loads what the server has
//     forgotten. Take the time from Redis (TIME) inside the script: nodes' clocks
//     differ.
//   - A command whose reply was lost is sent again, at most twice. Whatever is not
//     safe to run twice carries its own guard.
//   - Redis may be away. Every call takes a context, returns an error within
//     seconds, and works again by itself when Redis is back.
//
// Redis Cluster must be version 7 or newer; a single server 6.2 or newer.
package redisdb
