package bus

import (
	"context"
	"crypto/rand"
	_ "embed" // the scripts
	"encoding/json"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"omezle/models"
)

var (
	//go:embed beat.lua
	beatSource string
	//go:embed restore.lua
	restoreSource string
	//go:embed bury.lua
	burySource string
	//go:embed leave.lua
	leaveSource string

	beatScript    = redis.NewScript(beatSource)
	restoreScript = redis.NewScript(restoreSource)
	buryScript    = redis.NewScript(burySource)
	leaveScript   = redis.NewScript(leaveSource)
)

// The registry's keys share a hash tag. They hold a few hundred bytes a node and
// do not expire: nodes that died while nobody was left are buried by the first
// that starts again.
const (
	keySeen   = "omezle:{nodes}:seen"
	keyInfo   = "omezle:{nodes}:info"
	keyDead   = "omezle:{nodes}:dead"
	keyBurier = "omezle:{nodes}:burier"
	keyState  = "omezle:{nodes}:state"
	keyTerm   = "omezle:{nodes}:term"
)

// registry speaks to the list of nodes in Redis. It is used by the heartbeat
// goroutine; release and done by burials too, which touch no field but rdb,
// self and cfg.
type registry struct {
	rdb  redis.UniversalClient
	self models.NodeID
	cfg  Config

	// Both are "" before the first heartbeat.
	epoch string // that of the Redis we registered with
	term  string // that of our admission
}

// beatResult is what a heartbeat brought back.
type beatResult struct {
	// dying: a burial of this node is going on, and it is not admitted until the
	// end. Nothing else is set then.
	dying    bool
	returned bool // this node had been declared dead and is admitted again
	emptied  bool // Redis has lost everything since the last heartbeat
	declared int  // nodes declared dead by this heartbeat
	claimed  []models.NodeID
	lost     []models.NodeID // burials that went to somebody else
	nodes    []NodeInfo      // all who are alive, this node included, by id
}

// beat renews this node's registration. known are the nodes to put back should
// Redis turn out to have been emptied; burying those whose lease to renew;
// claims how many more burials may be taken on.
func (r *registry) beat(ctx context.Context, info NodeInfo, known []NodeInfo, burying []models.NodeID, claims int) (beatResult, error) {
	info.ID = r.self
	description, err := json.Marshal(info)
	if err != nil {
		return beatResult{}, fmt.Errorf("bus: describe node: %w", err)
	}
	reply, err := r.beatOnce(ctx, description, burying, claims)
	if err != nil {
		return beatResult{}, err
	}
	res := reply.beatResult
	switch {
	case r.epoch != "" && reply.epoch != r.epoch:
		// Until the others are back too, the epoch is not taken over: a failure in
		// between makes the next heartbeat begin here again.
		if err := r.restore(ctx, known); err != nil {
			return beatResult{}, err
		}
		if res.nodes, err = r.nodes(ctx); err != nil {
			return beatResult{}, err
		}
		res.emptied = true
	case reply.term == "":
		return beatResult{dying: true}, nil
	default:
		res.returned = r.term != "" && reply.term != r.term
	}
	r.epoch, r.term = reply.epoch, reply.term
	return res, nil
}

// beatReply is what beat.lua answers.
type beatReply struct {
	beatResult
	term, epoch string
}

func (r *registry) beatOnce(ctx context.Context, description []byte, burying []models.NodeID, claims int) (beatReply, error) {
	args := []any{
		string(r.self), description, r.cfg.DeadAfter.Milliseconds(), r.cfg.quiet().Milliseconds(),
		r.cfg.Lease.Milliseconds(), claims, rand.Text(),
	}
	for _, id := range burying {
		args = append(args, string(id))
	}
	keys := []string{keySeen, keyInfo, keyDead, keyBurier, keyState, keyTerm}
	values, err := beatScript.Run(ctx, r.rdb, keys, args...).Slice()
	if err != nil {
		return beatReply{}, fmt.Errorf("bus: heartbeat: %w", err)
	}
	reply, err := parseBeat(values)
	if err != nil {
		return beatReply{}, fmt.Errorf("bus: heartbeat: %w", err)
	}
	return reply, nil
}

var errReply = errors.New("reply of another shape than expected")

func parseBeat(values []any) (beatReply, error) {
	if len(values) != 6 {
		return beatReply{}, errReply
	}
	term, ok1 := values[0].(string)
	epoch, ok2 := values[1].(string)
	declared, ok3 := values[2].(int64)
	claimed, ok4 := texts(values[3])
	lost, ok5 := texts(values[4])
	pairs, ok6 := texts(values[5])
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !ok6 || epoch == "" {
		return beatReply{}, errReply
	}
	return beatReply{
		term: term, epoch: epoch,
		beatResult: beatResult{
			declared: int(declared), claimed: nodeIDs(claimed), lost: nodeIDs(lost), nodes: parseNodes(pairs),
		},
	}, nil
}

func texts(v any) ([]string, bool) {
	list, ok := v.([]any)
	if !ok {
		return nil, false
	}
	out := make([]string, len(list))
	for i := range list {
		if out[i], ok = list[i].(string); !ok {
			return nil, false
		}
	}
	return out, true
}

func nodeIDs(list []string) []models.NodeID {
	if len(list) == 0 {
		return nil
	}
	out := make([]models.NodeID, len(list))
	for i, s := range list {
		out[i] = models.NodeID(s)
	}
	return out
}

// restore puts nodes back that an emptied Redis has forgotten.
func (r *registry) restore(ctx context.Context, known []NodeInfo) error {
	args := make([]any, 0, 2*len(known))
	for _, n := range known {
		description, err := json.Marshal(n)
		if err != nil {
			return fmt.Errorf("bus: describe node: %w", err)
		}
		args = append(args, string(n.ID), description)
	}
	if err := restoreScript.Run(ctx, r.rdb, []string{keySeen, keyInfo, keyDead}, args...).Err(); err != nil {
		return fmt.Errorf("bus: restore nodes: %w", err)
	}
	return nil
}

// nodes reads the list without a heartbeat.
func (r *registry) nodes(ctx context.Context) ([]NodeInfo, error) {
	all, err := r.rdb.HGetAll(ctx, keyInfo).Result()
	if err != nil {
		return nil, fmt.Errorf("bus: read nodes: %w", err)
	}
	pairs := make([]string, 0, 2*len(all))
	for id, description := range all {
		pairs = append(pairs, id, description)
	}
	return parseNodes(pairs), nil
}

// done ends a burial for good; false says that the lease had been lost.
func (r *registry) done(ctx context.Context, dead models.NodeID) (bool, error) {
	return r.endBurial(ctx, dead, "done")
}

// release gives a burial back, for the next heartbeat of any node to take up.
func (r *registry) release(ctx context.Context, dead models.NodeID) (bool, error) {
	return r.endBurial(ctx, dead, "release")
}

func (r *registry) endBurial(ctx context.Context, dead models.NodeID, how string) (bool, error) {
	held, err := buryScript.Run(ctx, r.rdb, []string{keyDead, keyBurier}, string(r.self), string(dead), how).Bool()
	if err != nil {
		return false, fmt.Errorf("bus: end burial: %w", err)
	}
	return held, nil
}

// leave removes this node: a clean stop.
func (r *registry) leave(ctx context.Context) error {
	if err := leaveScript.Run(ctx, r.rdb, []string{keySeen, keyInfo, keyTerm}, string(r.self)).Err(); err != nil {
		return fmt.Errorf("bus: leave: %w", err)
	}
	return nil
}
