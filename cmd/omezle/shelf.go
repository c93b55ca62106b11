package main

import (
	"context"
	"errors"
	"strconv"

	"omezle/models"
	"omezle/models/store"
	"omezle/models/versioned"
)

// shelf keeps the versions of one document in the database.
type shelf struct {
	store *store.Store
	name  string
}

// Newest implements versioned.Store.
func (s shelf) Newest(ctx context.Context) (models.Policy, error) {
	policy, err := s.store.Policy(ctx, s.name)
	if errors.Is(err, store.ErrNotFound) {
		return models.Policy{}, nil
	}
	return policy, err
}

// Append implements versioned.Store.
func (s shelf) Append(ctx context.Context, policy *models.Policy) error {
	return s.store.AppendPolicy(ctx, policy)
}

// announce tells the other nodes that there is a version of a document.
func (n *node) announce(tag, what string) func(version int) {
	return func(version int) {
		if err := n.bus.Broadcast(strconv.AppendInt([]byte(tag), int64(version), 10)); err != nil {
			n.log.Warn("the other nodes hear later of a new version", "node", n.id, "of", what, "version", version, "err", err)
		}
	}
}

// hear has a keeper look at the database when another node has announced a version, or may have.
func hear[T any](n *node, tag string, keeper *versioned.Keeper[T]) {
	n.inbox.on(tag, func(_ models.NodeID, payload []byte) {
		if version, err := strconv.Atoi(string(payload[len(tag):])); err == nil {
			keeper.Heard(version)
		}
	})
	n.bus.OnGap(keeper.Reload)
}

// keep loads a document and keeps it up to date. A database that goes away in this moment does not hinder the start: the
// default is in force until it answers.
func keep[T any](ctx context.Context, n *node, parts *services, what string, keeper *versioned.Keeper[T]) {
	if err := keeper.Load(ctx); err != nil {
		n.log.Warn("the default is in force for now", "node", n.id, "of", what, "err", err)
		keeper.Reload()
	}
	parts.start(what, keeper.Run)
}
