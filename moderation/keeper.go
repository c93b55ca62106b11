package moderation

import (
	"log/slog"

	"omezle/models/versioned"
)

// RulesName is what the versions of the rules are kept under.
const RulesName = "frames"

// Keeper holds the rules that are in force on this node.
type Keeper struct{ *versioned.Keeper[Rules] }

// NewKeeper returns a keeper with DefaultRules in force. announce tells the other nodes of a version; it must not wait.
func NewKeeper(store versioned.Store, announce func(version int), log *slog.Logger) *Keeper {
	return &Keeper{versioned.NewKeeper(versioned.Kind[Rules]{
		Name: RulesName, Default: defaultRules,
		Parse: func(document []byte, version int) (*Rules, error) {
			rules, err := Parse(document)
			if err != nil {
				return nil, err
			}
			return rules.as(version), nil
		},
	}, store, announce, log)}
}

// Rules are those in force, never nil.
func (k *Keeper) Rules() *Rules { return k.Value() }
