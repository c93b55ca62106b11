package signaling

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"omezle/models"
	"omezle/signaling/protocol"
)

// registry keeps the records from which another node can take a session over:
//
//	omezle:session:<id>            hash node, epoch, device, pair (JSON); expires
//	omezle:node:<id>:sessions      set of the sessions whose home a node is
//
// A record is one key, changed by scripts that compare the epoch: every taking of
// the session raises it, and a node that still writes with an older one is told that it lost
// the session. Safe for concurrent use.
type registry struct {
	rdb  redis.UniversalClient
	node models.NodeID
}

// record is a session as Redis knows it.
type record struct {
	node   models.NodeID // empty: none since its node died or before its first socket
	epoch  uint32
	device models.DeviceID
	pair   *pairRecord
}

// pairRecord is one side of a pair as Redis knows it.
type pairRecord struct {
	Pair    models.PairID `json:"p"`
	Partner party         `json:"o"`
	Terms   terms         `json:"t"`
	Polite  bool          `json:"y,omitempty"`
	Hue     int           `json:"h"`
	Started time.Time     `json:"s"`
	Joined  time.Time     `json:"j"`
	// Want is what the visitor asked for, to look for the next partner.
	Want *protocol.Find `json:"w,omitempty"`
	// Last is the highest epoch; the rest is what the leading side knows.
	Last     uint32         `json:"l,omitempty"`
	Failed   []models.Route `json:"f,omitempty"`
	Operator models.Route   `json:"q,omitempty"`
	Forced   bool           `json:"k,omitempty"`
	// Mine and Theirs are what is in force about the two pictures.
	Mine   regard `json:"m,omitzero"`
	Theirs regard `json:"n,omitzero"`
}

var (
	errNoRecord = errors.New("signaling: no such session")

	//go:embed lua/take.lua
	takeSource string
	//go:embed lua/write.lua
	writeSource string
	//go:embed lua/remove.lua
	removeSource string
	//go:embed lua/bury.lua
	burySource string

	takeScript   = redis.NewScript(takeSource)
	writeScript  = redis.NewScript(writeSource)
	removeScript = redis.NewScript(removeSource)
	buryScript   = redis.NewScript(burySource)
)

const (
	firstSocketTTL = time.Minute    // from POST /api/session to hello
	attachedTTL    = 25 * time.Hour // longer than a token lives
)

func recordKey(id models.SessionID) string    { return "omezle:session:" + string(id) }
func sessionsKey(node models.NodeID) string   { return "omezle:node:" + string(node) + ":sessions" }
func millis(d time.Duration) string           { return strconv.FormatInt(d.Milliseconds(), 10) }
func formatEpoch(epoch uint32) string         { return strconv.FormatUint(uint64(epoch), 10) }
func wrapRegistry(what string, e error) error { return fmt.Errorf("signaling: %s record: %w", what, e) }

// create makes the record of a session that has had no socket yet.
func (r *registry) create(ctx context.Context, id models.SessionID, device models.DeviceID) error {
	pipe := r.rdb.TxPipeline()
	pipe.HSet(ctx, recordKey(id), "node", "", "epoch", 0, "device", string(device))
	pipe.PExpire(ctx, recordKey(id), firstSocketTTL)
	if _, err := pipe.Exec(ctx); err != nil {
		return wrapRegistry("create", err)
	}
	return nil
}

// take makes this node the home of a session and returns the record as it was, with the new epoch.
func (r *registry) take(ctx context.Context, id models.SessionID) (record, error) {
	reply, err := takeScript.Run(ctx, r.rdb, []string{recordKey(id)}, string(r.node), millis(attachedTTL)).StringSlice()
	if errors.Is(err, redis.Nil) {
		return record{}, errNoRecord
	}
	if err != nil {
		return record{}, wrapRegistry("take", err)
	}
	if err := r.rdb.SAdd(ctx, sessionsKey(r.node), string(id)).Err(); err != nil {
		return record{}, wrapRegistry("take", err)
	}
	return parseRecord(reply)
}

func parseRecord(reply []string) (record, error) {
	if len(reply) != 4 {
		return record{}, wrapRegistry("read", errors.New("unexpected reply"))
	}
	epoch, err := strconv.ParseUint(reply[1], 10, 32)
	if err != nil {
		return record{}, wrapRegistry("read", err)
	}
	rec := record{node: models.NodeID(reply[0]), epoch: uint32(epoch), device: models.DeviceID(reply[3])}
	if reply[2] != "" {
		rec.pair = new(pairRecord)
		if err := json.Unmarshal([]byte(reply[2]), rec.pair); err != nil {
			return record{}, wrapRegistry("read", err)
		}
	}
	return rec, nil
}

// home returns the node of a session, empty if it has none.
func (r *registry) home(ctx context.Context, id models.SessionID) (models.NodeID, error) {
	node, err := r.rdb.HGet(ctx, recordKey(id), "node").Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return "", wrapRegistry("read", err)
	}
	return models.NodeID(node), nil
}

// snapshot is what a session's record should say.
type snapshot struct {
	id     models.SessionID
	device models.DeviceID
	epoch  uint32
	pair   *pairRecord
	ttl    time.Duration
	gone   bool // remove the record
}

// write brings records up to date in one round trip. It returns the sessions that other nodes have taken over.
func (r *registry) write(ctx context.Context, batch []snapshot) (lost []models.SessionID, err error) {
	pipe := r.rdb.Pipeline()
	results := make([]*redis.Cmd, len(batch))
	for i, s := range batch {
		key := []string{recordKey(s.id)}
		if s.gone {
			removeScript.Eval(ctx, pipe, key, string(r.node), formatEpoch(s.epoch))
			pipe.SRem(ctx, sessionsKey(r.node), string(s.id))
			continue
		}
		pairText := ""
		if s.pair != nil {
			data, err := json.Marshal(s.pair)
			if err != nil {
				return nil, wrapRegistry("encode", err)
			}
			pairText = string(data)
		}
		results[i] = writeScript.Eval(ctx, pipe, key, string(r.node), formatEpoch(s.epoch), string(s.device), pairText, millis(s.ttl))
		pipe.SAdd(ctx, sessionsKey(r.node), string(s.id))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, wrapRegistry("write", err)
	}
	for i, result := range results {
		if result == nil {
			continue
		}
		if kept, err := result.Bool(); err == nil && !kept {
			lost = append(lost, batch[i].id)
		}
	}
	return lost, nil
}

// forget removes a session from this node's set after another node took it over.
func (r *registry) forget(ctx context.Context, id models.SessionID) error {
	return r.rdb.SRem(ctx, sessionsKey(r.node), string(id)).Err()
}

// bury takes every session that still belongs to a dead node away from it and calls
// lost with the pairs that end by it. What remains can still be resumed, without a pair, for resume.
func (r *registry) bury(ctx context.Context, dead models.NodeID, resume time.Duration, lost func(models.SessionID, *pairRecord)) error {
	key := sessionsKey(dead)
	for {
		ids, err := r.rdb.SRandMemberN(ctx, key, 256).Result()
		if err != nil {
			return wrapRegistry("bury", err)
		}
		if len(ids) == 0 {
			return nil
		}
		pipe := r.rdb.Pipeline()
		results := make([]*redis.Cmd, len(ids))
		for i, id := range ids {
			results[i] = buryScript.Eval(ctx, pipe, []string{recordKey(models.SessionID(id))}, string(dead), millis(resume))
		}
		if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
			return wrapRegistry("bury", err)
		}
		for i, result := range results {
			text, err := result.Text()
			if err != nil || text == "" {
				continue
			}
			rec := new(pairRecord)
			if json.Unmarshal([]byte(text), rec) == nil {
				lost(models.SessionID(ids[i]), rec)
			}
		}
		if err := r.rdb.SRem(ctx, key, members(ids)...).Err(); err != nil {
			return wrapRegistry("bury", err)
		}
	}
}

func members(ids []string) []any {
	out := make([]any, len(ids))
	for i, id := range ids {
		out[i] = id
	}
	return out
}
