package relay

import (
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// feedback opens what the relay told the visitor.
func (e *end) feedback() []rtcp.Packet {
	e.bench.tb.Helper()
	_, sealed := e.take()
	var all []rtcp.Packet
	for _, b := range sealed {
		plain, err := e.down.DecryptRTCP(nil, b, nil)
		if err != nil {
			e.bench.tb.Fatal(err)
		}
		packets, err := rtcp.Unmarshal(plain)
		if err != nil {
			e.bench.tb.Fatalf("%v in %x", err, plain)
		}
		all = append(all, packets...)
	}
	return all
}

func (e *end) tick() {
	e.leg.shard.mu.Lock()
	defer e.leg.shard.mu.Unlock()
	e.leg.tick(e.leg.shard.now())
}

// of finds the packets of a type.
func of[T rtcp.Packet](all []rtcp.Packet) (list []T) {
	for _, p := range all {
		if one, ok := p.(T); ok {
			list = append(list, one)
		}
	}
	return list
}

func TestPublisherIsToldWhatArrived(t *testing.T) {
	a, _ := newBench(t).pair()
	for n := range uint16(10) {
		if n == 4 {
			a.wide++ // lost
			continue
		}
		a.bench.clock += 10 * time.Millisecond
		a.video(n, 1)
	}
	a.bench.clock += time.Second
	a.tick()
	all := a.feedback()
	reports := of[*rtcp.ReceiverReport](all)
	if len(reports) != 1 || len(reports[0].Reports) != 1 {
		t.Fatalf("%v", all)
	}
	if r := reports[0].Reports[0]; r.SSRC != videoA || r.LastSequenceNumber != 9 || r.TotalLost != 1 || r.FractionLost != 25 {
		t.Errorf("%+v", r)
	}
	wide := of[*rtcp.TransportLayerCC](all)
	if len(wide) != 1 || wide[0].PacketStatusCount != 10 || len(wide[0].RecvDeltas) != 9 {
		t.Errorf("%+v", wide)
	}
}

func TestPressureOnTheViewersPathReachesTheEncoder(t *testing.T) {
	w := newBench(t)
	told := 0
	a := w.join(videoA, rtxA, audioA, 96, wideA, Events{Bitrate: func(bps int) { told = bps }})
	b := w.join(videoB, rtxB, audioB, 120, wideB, Events{})
	w.shard.Pair(a.leg, b.leg)
	a.video(1, 1)
	a.tick()
	a.feedback()
	first := told
	for range 100 { // a third of what the viewer is sent is lost
		w.clock += 20 * time.Millisecond
		b.leg.estimate.Arrived(w.clock, w.clock, 1200, w.clock)
		b.leg.estimate.Arrived(w.clock, w.clock, 1200, w.clock)
		b.leg.estimate.Lost(w.clock, 1200)
		b.leg.estimate.Update(w.clock)
		a.tick()
	}
	caps := of[*rtcp.ReceiverEstimatedMaximumBitrate](a.feedback())
	if len(caps) == 0 {
		t.Fatal("no REMB")
	}
	last := caps[len(caps)-1]
	if bps := int(last.Bitrate); bps > 2_000_000 || bps < 100_000 || last.SSRCs[0] != videoA {
		t.Errorf("%+v", last)
	}
	if told >= first || told > int(last.Bitrate) {
		t.Errorf("told %d, then %d", first, told)
	}
}

func TestSenderReportsKeepTheirTimes(t *testing.T) {
	a, b := newBench(t).pair()
	a.video(1, 1)
	b.take()
	report, err := (&rtcp.SenderReport{SSRC: videoA, NTPTime: 1 << 40, RTPTime: 77}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	a.rtcp(report)
	got := of[*rtcp.SenderReport](b.feedback())
	media, _ := b.leg.SSRC(Video)
	if len(got) != 1 || got[0].SSRC != media || got[0].NTPTime != 1<<40 || got[0].RTPTime != 77 {
		t.Errorf("%+v", got)
	}
}
