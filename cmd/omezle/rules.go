package main

import (
	"context"

	"omezle/moderation"
)

// joinRules makes the keeper of the rules about pictures, and has it hear what the other nodes say.
func (n *node) joinRules(ctx context.Context, parts *services) {
	n.rules = moderation.NewKeeper(shelf{n.store, moderation.RulesName}, n.announce(tagRules, "frame rules"), n.log.With("node", n.id))
	hear(n, tagRules, n.rules.Keeper)
	n.private.gauge("omezle_frame_rules_version", "Version of the rules about pictures that is in force on this node; 0: the default.",
		func() float64 { return float64(n.rules.Rules().Version) })
	keep(ctx, n, parts, "frame rules", n.rules.Keeper)
}
