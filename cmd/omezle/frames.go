package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"omezle/models"
	"omezle/moderation"
	"omezle/moderation/frame"
	"omezle/moderation/onnx"
	"omezle/signaling/bus"
)

// frames is what a node judges pictures with.
type frames struct {
	classifier *onnx.Classifier // nil without model, library or cgo
	local      *frame.Local     // nil likewise
	remote     *frame.Remote    // nil without the role sfu
	elsewhere  func() bool      // whether there are nodes with the role classifier
	sampler    *frame.Sampler   // nil without the role sfu
	judge      *moderation.Judge
}

// able reports whether somebody can judge a picture that this node relays.
func (f *frames) able() bool {
	return f.local != nil || f.remote != nil && f.elsewhere()
}

// Judge implements frame.Judger: nodes with the role classifier do it, and this one where there are none or they do not
// answer.
func (f *frames) Judge(ctx context.Context, keyframe []byte) (frame.Judged, error) {
	if f.local == nil || f.elsewhere() {
		judged, err := f.remote.Judge(ctx, keyframe)
		if err == nil || f.local == nil || errors.Is(err, frame.ErrUndecodable) {
			return judged, err
		}
	}
	return f.local.Judge(ctx, keyframe)
}

// joinFrames opens the model on nodes that use one. Without it the service runs, and says so once.
func (n *node) joinFrames() {
	n.frames.elsewhere = func() bool {
		return slices.ContainsFunc(n.bus.Nodes(), func(i bus.NodeInfo) bool {
			return i.ID != n.id && !i.Draining && slices.Contains(i.Roles, roleClassifier)
		})
	}
	if !n.settings.has(roleSFU) && !n.settings.has(roleClassifier) {
		return
	}
	log := n.log.With("node", n.id)
	classifier, err := onnx.Open(n.settings.Classifier, log)
	if err != nil {
		log.Warn("this node judges no frames", "err", err)
		n.private.mention("classifier", func() string {
			if n.frames.able() {
				return "frames are judged by other nodes; none here: " + err.Error()
			}
			return "frames are not judged: " + err.Error()
		})
		return
	}
	info := classifier.Info()
	n.frames.classifier, n.frames.local = classifier, frame.NewLocal(classifier, info.Classes, info.Size, n.settings.Frames.MinSpread)
	n.private.mention("classifier", func() string { return info.Version })
	if n.rules != nil {
		unknown := func(rules *moderation.Rules) {
			if classes := rules.Unknown(info.Classes); len(classes) > 0 {
				log.Warn("the rules name classes that the model does not have", "classes", classes, "model", info.Version)
			}
		}
		unknown(n.rules.Rules())
		n.rules.Subscribe(unknown)
	}
}

// startWorker judges for other nodes, with the role classifier.
func (n *node) startWorker(parts *services) error {
	if n.frames.classifier != nil {
		parts.hold("classifier", n.frames.classifier.Close)
	}
	if !n.settings.has(roleClassifier) {
		return nil
	}
	if n.frames.local == nil {
		return errors.New("the role classifier needs model and library: run `omezle model build`, or set classifier.model and classifier.library")
	}
	worker := frame.NewWorker(n.redis.Client(), n.frames.local, string(n.id), n.settings.Frames.AtOnce(), n.log.With("node", n.id))
	parts.start("classifier", worker.Run)
	return nil
}

// startFrames has the media server's pictures looked at. It comes before the media server's own parts, so that it stops
// after them.
func (n *node) startFrames(parts *services) {
	log, service := n.log.With("node", n.id), n.media.service
	n.frames.remote = frame.NewRemote(n.redis.Client(), string(n.id), log)
	model := "elsewhere"
	atOnce := frame.RemoteAtOnce
	if n.frames.classifier != nil {
		model, atOnce = n.frames.classifier.Info().Version, 0
	}
	n.frames.judge = moderation.NewJudge(n.settings.Moderation.Config, moderation.Deps{
		Media: service, Homes: service, Records: n.store, Stills: n.stills(), Rules: n.rules.Rules, Model: model, Log: log,
	})
	n.frames.sampler = frame.New(n.settings.Frames, frame.Deps{
		Source: service, Judge: &n.frames, Rules: func() *frame.Rules { return n.rules.Rules().Votes() },
		Alarmed: n.frames.judge.Alarmed, Looked: service.Looked, AtOnce: atOnce, Log: log,
	})
	lookout := &lookout{sampler: n.frames.sampler, able: n.frames.able, changed: n.bus.Announce, legs: map[legPlace]watched{}}
	service.Watched(lookout)
	n.watchFrames()
	parts.start("remote judges", n.frames.remote.Run)
	parts.start("judge", n.frames.judge.Run)
	parts.start("sampler", n.frames.sampler.Run)
	parts.start("lookout", lookout.run)
	parts.start("keyframes", func(ctx context.Context) error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case k := <-n.media.node.Keyframes():
				n.frames.sampler.Keyframe(k.Pair, models.Side(k.Side), k.Frame)
			}
		}
	})
}

// unjudged reports whether the operator wants relayed pictures to be looked at and nobody can.
func (n *node) unjudged() bool {
	if !n.settings.Moderation.Required {
		return false
	}
	return !slices.ContainsFunc(n.bus.Nodes(), func(i bus.NodeInfo) bool { return i.SFU != nil && i.SFU.Judges })
}

// legPlace is where a leg is: a pair has two.
type legPlace struct {
	pair models.PairID
	side models.Side
}

type watched struct {
	leg  models.Leg
	plan models.SamplingPlan
}

// lookout has the sampler look only while somebody can judge: keyframes cost the sender's picture.
type lookout struct {
	sampler *frame.Sampler
	able    func() bool
	changed func() // whether somebody can; the other nodes are to know

	mu   sync.Mutex // guards what follows
	legs map[legPlace]watched
	now  atomic.Bool // as of the last look at able
}

// Watch implements sfu.Watcher.
func (l *lookout) Watch(leg models.Leg, plan models.SamplingPlan) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := legPlace{leg.Pair, leg.Side}
	if l.legs[at].leg.Epoch > leg.Epoch {
		return
	}
	l.legs[at] = watched{leg, plan}
	l.pass(leg, plan)
}

// Forget implements sfu.Watcher.
func (l *lookout) Forget(leg models.Leg) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at := (legPlace{leg.Pair, leg.Side}); l.legs[at].leg.Epoch <= leg.Epoch {
		delete(l.legs, at)
	}
	l.sampler.Forget(leg)
}

func (l *lookout) pass(leg models.Leg, plan models.SamplingPlan) {
	if !l.now.Load() {
		plan = models.SamplingNone
	}
	l.sampler.Watch(leg, plan)
}

// run notices when judges come and go.
func (l *lookout) run(ctx context.Context) error {
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for {
		if able := l.able(); able != l.now.Load() {
			l.mu.Lock()
			l.now.Store(able)
			for _, w := range l.legs {
				l.pass(w.leg, w.plan)
			}
			l.mu.Unlock()
			l.changed()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
	}
}
