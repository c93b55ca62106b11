package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"

	"omezle/admin"
	"omezle/models"
	"omezle/models/store"
	"omezle/moderation"
	"omezle/moderation/evidence"
	"omezle/moderation/review"
	"omezle/signaling/limit"
)

// staffAPI is what the operator and the reviewer ask.
func (n *node) staffAPI() http.Handler {
	proxies := limit.Proxies(n.settings.Signaling.TrustedProxies)
	return admin.New(admin.Deps{
		Token: n.settings.OperatorToken.Reveal(), ReviewerToken: n.settings.ReviewerToken.Reveal(),
		Policies: newPolicies(n.policy, n.store), Calls: liveCalls{n.signaling},
		FrameRules: newFrameRules(n.rules, n.store), Queue: n.store, Reviews: newDesk(n.store, n.vault, n.signaling),
		Similar: lookalikes{n.store}, Banks: bankDesk{n.store, n.banks.Reload}, Audit: n.store,
		ClientIP: func(r *http.Request) netip.Addr { return proxies.ClientIP(r) }, Log: n.log.With("node", n.id),
	}).Handler()
}

// newDesk is where reviewers work. Without a vault there is no evidence, without sanctions nothing reaches visitors.
func newDesk(store *store.Store, vault *evidence.Vault, sanctions review.Sanctions) *review.Desk {
	deps := review.Deps{Flags: store, Sanctions: sanctions, Audit: store}
	if vault != nil {
		deps.Evidence = caseFile{vault}
	}
	return review.New(deps)
}

// caseFile is the vault in the words that rooms share.
type caseFile struct{ *evidence.Vault }

// Open implements review.Evidence.
func (c caseFile) Open(ctx context.Context, id models.EvidenceID) ([]byte, models.Evidence, error) {
	data, item, err := c.Vault.Open(ctx, id)
	switch {
	case errors.Is(err, evidence.ErrUnknown):
		err = fmt.Errorf("%w: %w", models.ErrNotFound, err)
	case errors.Is(err, evidence.ErrGone):
		err = fmt.Errorf("%w: %w", models.ErrDestroyed, err)
	}
	return data, item, err
}

// newFrameRules is what the operator's API may do with the rules about pictures.
func newFrameRules(keeper *moderation.Keeper, store *store.Store) admin.Documents {
	return documents[moderation.Rules]{keeper.Keeper, store, moderation.RulesName, func(document []byte) error {
		_, err := moderation.Parse(document)
		return err
	}}
}
