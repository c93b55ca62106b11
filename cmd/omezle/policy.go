package main

import (
	"context"
	"errors"

	"omezle/admin"
	"omezle/models"
	"omezle/models/store"
	"omezle/models/versioned"
	"omezle/sfu/route"
	"omezle/signaling"
)

// joinPolicy makes the keeper of the policy, and has it hear what the other nodes say. Signalling asks it for decisions.
func (n *node) joinPolicy() {
	n.policy = route.NewKeeper(shelf{n.store, route.PolicyName}, n.announce(tagPolicy, "policy"), n.log.With("node", n.id))
	hear(n, tagPolicy, n.policy.Keeper)
	n.private.gauge("omezle_policy_version", "Version of the routing policy that is in force on this node; 0: the default.",
		func() float64 { return float64(n.policy.Policy().Version) })
}

// documents is what the operator's API may do with the versions of a document.
type documents[T any] struct {
	keeper *versioned.Keeper[T]
	store  *store.Store
	name   string // of its versions
	check  func(document []byte) error
}

// InForce implements admin.Documents.
func (d documents[T]) InForce() models.Policy { return d.keeper.InForce().Record }

// Set implements admin.Documents.
func (d documents[T]) Set(ctx context.Context, document []byte, from int, note string, by models.StaffID) (models.Policy, error) {
	if err := d.check(document); err != nil {
		return models.Policy{}, invalid(err)
	}
	set, err := d.keeper.Set(ctx, document, from, note, by)
	if errors.Is(err, store.ErrConflict) {
		err = errors.Join(admin.ErrConflict, err)
	}
	return set.Record, err
}

// History implements admin.Documents.
func (d documents[T]) History(ctx context.Context, limit int) ([]models.Policy, error) {
	return d.store.PolicyHistory(ctx, d.name, limit)
}

// invalid tells each problem of a document.
func invalid(err error) *admin.InvalidError {
	problems := &admin.InvalidError{}
	for _, problem := range flatten(err) {
		problems.Problems = append(problems.Problems, problem.Error())
	}
	return problems
}

// policies is what the operator's API may do with the policy.
type policies struct{ documents[route.Policy] }

func newPolicies(keeper *route.Keeper, store *store.Store) policies {
	return policies{documents[route.Policy]{keeper.Keeper, store, route.PolicyName, func(document []byte) error {
		_, err := route.Parse(document)
		return err
	}}}
}

// Try implements admin.Policies.
func (p policies) Try(document []byte) (func(models.RouteFacts) models.RouteDecision, error) {
	policy, err := route.Parse(document)
	if err != nil {
		return nil, invalid(err)
	}
	// As the next version, which it would be: numbers in the answer are not those of the policy before.
	policy.Version = p.keeper.Value().Version + 1
	return func(facts models.RouteFacts) models.RouteDecision { return route.Decide(policy, facts) }, nil
}

// liveCalls is what the operator's API may do with calls.
type liveCalls struct{ signaling *signaling.Server }

// List implements admin.Calls.
func (c liveCalls) List(ctx context.Context) ([]models.LiveCall, error) {
	return c.signaling.Calls(ctx)
}

// SetRoute implements admin.Calls.
func (c liveCalls) SetRoute(ctx context.Context, pair models.PairID, route models.Route, forced bool) error {
	err := c.signaling.SetRoute(ctx, pair, route, forced)
	if errors.Is(err, signaling.ErrNoCall) {
		return admin.ErrNotFound
	}
	return err
}

// router lets signalling ask the policy in force.
type router struct{ keeper *route.Keeper }

// Route implements signaling.Router.
func (r router) Route(facts models.RouteFacts) models.RouteDecision {
	return route.Decide(r.keeper.Policy(), facts)
}
