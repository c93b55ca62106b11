package route

import (
	"log/slog"

	"omezle/models"
	"omezle/models/versioned"
)

// Store is where versions of the policy are kept.
type Store = versioned.Store

// PolicyName is what the versions of this policy are kept under.
const PolicyName = "route"

// Keeper holds the policy that is in force on this node.
type Keeper struct{ *versioned.Keeper[Policy] }

// NewKeeper returns a keeper with the default policy in force. announce tells the other nodes of a version; it must not
// wait.
func NewKeeper(store Store, announce func(version int), log *slog.Logger) *Keeper {
	document, _ := Ready(P2PWithFallback) // it is part of the program
	return &Keeper{versioned.NewKeeper(versioned.Kind[Policy]{
		Name: PolicyName, Default: document,
		Parse: func(document []byte, version int) (*Policy, error) {
			policy, err := Parse(document)
			if err != nil {
				return nil, err
			}
			policy.Version = version
			return policy, nil
		},
	}, store, announce, log)}
}

// Policy is the policy in force, never nil.
func (k *Keeper) Policy() *Policy { return k.Value() }

// Decide decides by the policy in force.
func (k *Keeper) Decide(f models.RouteFacts) models.RouteDecision { return Decide(k.Policy(), f) }
