package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"omezle/models"
	"omezle/models/store"
	"omezle/moderation"
	"omezle/moderation/evidence"
	"omezle/moderation/pdq"
	"omezle/sfu"
	"omezle/sfu/route"
	"omezle/signaling"
	"omezle/signaling/bus"
	"omezle/signaling/match"
	"omezle/signaling/redisdb"
)

// node is what serve joins, in the order of its fields.
type node struct {
	id       models.NodeID
	settings *settings
	log      *slog.Logger
	private  *private

	store     *store.Store
	redis     *redisdb.DB
	bus       *bus.Bus
	inbox     dispatch           // of what other nodes say
	rules     *moderation.Keeper // nil without a database
	vault     *evidence.Vault    // nil: no evidence is kept
	banks     *pdq.Banks         // nil without a database
	policy    *route.Keeper      // nil without the role signaling, whose nodes decide
	signaling *signaling.Server  // nil without the role
	relay     relay
	media     media
	frames    frames
}

// openStores opens Redis, and opens and migrates the database for roles that use one.
func (n *node) openStores(ctx context.Context, parts *services) (err error) {
	log := n.log.With("node", n.id)
	if n.settings.has(roleSignaling) || n.settings.has(roleSFU) {
		if n.store, err = openStore(ctx, n.settings, log); err != nil {
			return err
		}
		parts.hold("database", n.store.Close)
		n.private.need("database", n.store.Ping)
		if err := n.store.Migrate(ctx); err != nil {
			return err
		}
		if err := n.startVault(ctx, parts); err != nil {
			return err
		}
	}
	if n.redis, err = openRedis(ctx, n.settings, log); err != nil {
		return err
	}
	parts.hold("redis", n.redis.Close)
	n.private.need("redis", n.redis.Ping)
	return nil
}

// join makes the bus and what talks over it know one another, and starts them: history, policy, bus, signalling.
func (n *node) join(ctx context.Context, parts *services) error {
	log := n.log.With("node", n.id)
	key, err := signingKey(n.settings, !n.redis.Embedded(), log)
	if err != nil {
		return err
	}
	n.relay.credentials = credentials(n.settings, key)
	n.bus = bus.New(n.redis.Client(), n.id, n.settings.Bus, n.log)
	n.bus.Describe(n.describe)
	n.bus.Handle(n.inbox.receive)
	n.inbox.on(tagMediaServer, n.media.receive)
	n.media.servers = sfu.NewServers(n.mediaServers, n.outbox(tagMediaServer), log)
	n.private.need("bus", func(context.Context) error { return n.bus.Healthy() })
	n.private.gauge("omezle_nodes", "Nodes that are alive as far as this one knows.", func() float64 { return float64(len(n.bus.Nodes())) })
	n.private.watchBus(n.bus.Stats)
	n.private.count("omezle_bus_unknown_total", "Messages that nobody here is there for.", func() float64 { return float64(n.inbox.unknown.Load()) })
	if n.store != nil {
		n.joinRules(ctx, parts)
	}
	n.joinFrames()
	if !n.settings.has(roleSignaling) {
		parts.start("bus", n.bus.Run)
		return nil
	}
	return n.joinSignaling(ctx, parts, key)
}

func (n *node) joinSignaling(ctx context.Context, parts *services, key []byte) error {
	s, log, client := n.settings, n.log.With("node", n.id), n.redis.Client()
	tokens, err := signaling.NewTokens(key)
	if err != nil {
		return err
	}
	n.joinPolicy()
	history := store.NewRecorder(n.store, s.History, log)
	n.signaling, err = signaling.New(signaling.Deps{
		Node: n.id, Redis: client, Bus: n.bus, Store: n.store, History: history, Tokens: tokens,
		Matcher: match.New(client, s.Match), Widening: s.Match, ICEServers: n.iceServers, ICEServersTTL: s.TURN.CredentialTTL, Peers: n.peers,
		Media: n.media.servers, Router: router{n.policy}, Unjudged: n.unjudged, Chats: n.chats(), Stills: n.reportStills(),
		PreflightServers: n.preflightServers, PreflightOffer: n.media.servers.Probe,
		Log: log, Metrics: signaling.NewMetrics(n.private.metrics), Online: n.online, Version: buildVersion(),
	}, s.Signaling)
	if err != nil {
		return err
	}
	n.inbox.on(tagSignaling, n.signaling.Receive)
	n.policy.Subscribe(func(*route.Policy) { n.signaling.Reroute() })
	n.media.servers.Tell(n.signaling)
	n.inbox.on(tagMediaHome, untagged(n.media.servers.Receive))
	n.bus.OnDead(n.signaling.Bury)
	n.bus.OnGone(n.signaling.NodeGone)
	n.bus.OnReset(n.signaling.Republish)
	n.signaling.Observe(n.private.metrics)
	n.private.watchHistory(history.Stats)

	parts.start("history", history.Run)
	keep(ctx, n, parts, "policy", n.policy.Keeper)
	parts.start("bus", n.bus.Run)
	parts.start("signaling", n.signaling.Run)
	return nil
}

// describe is what the other nodes are told with each heartbeat.
func (n *node) describe() bus.NodeInfo {
	info := bus.NodeInfo{
		Started: n.private.started, Region: n.settings.Signaling.Region, Roles: n.settings.Roles,
		Sessions: n.sessions(), Draining: n.private.is(draining), Version: buildVersion(), Clock: time.Now(),
	}
	if urls := n.relay.urls.Load(); urls != nil {
		info.TURN = *urls
	}
	if info.SFU = n.media.describe(); info.SFU != nil {
		info.SFU.Judges = n.frames.able()
	}
	return info
}

func (n *node) sessions() int {
	if n.signaling == nil {
		return 0
	}
	return n.signaling.Sessions()
}

// online counts visitors: here as it is, on other nodes as they last said.
func (n *node) online() int {
	sum := n.sessions()
	for _, other := range n.bus.Nodes() {
		if other.ID != n.id {
			sum += other.Sessions
		}
	}
	return sum
}

// drain moves the visitors to other nodes while everything still runs. Relayed calls go on until the end of it.
func (n *node) drain() {
	log := n.log.With("node", n.id)
	n.private.enter(draining)
	log.Info("draining", "deadline", n.settings.DrainTimeout, "sessions", n.sessions(), "relays", n.relay.allocations())
	ctx, cancel := context.WithTimeout(context.Background(), n.settings.DrainTimeout)
	defer cancel()
	n.bus.Announce() // the others should send nobody here
	var moving sync.WaitGroup
	moving.Go(func() {
		if err := n.media.drain(ctx, len(n.bus.Nodes()) > 1); err != nil {
			log.Warn("not all calls were moved", "err", err, "legs", n.media.legs())
		}
	})
	moving.Go(func() {
		if n.signaling == nil {
			return
		}
		if err := n.signaling.Drain(ctx); err != nil {
			log.Warn("not everybody was moved", "err", err, "sessions", n.sessions())
		}
	})
	moving.Wait()
}

// signingKey is the configured secret, or the one kept in the data folder.
func signingKey(s *settings, shared bool, log *slog.Logger) ([]byte, error) {
	if s.Secret != "" {
		return []byte(s.Secret.Reveal()), nil
	}
	if shared {
		log.Warn("the signing key is this node's own: nodes that share a Redis need the same one, see OMEZLE_SECRET")
	}
	return keptSecret(s.DataDir)
}
