package bench

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"testing"

	"omezle/cmd/omezle/acceptance/stage"
	"omezle/moderation/onnx/onnxtest"
)

// newJudging is a house of one node that relays every call and judges its pictures.
func newJudging(b *testing.B, settings ...string) (*house, *stage.Node) {
	b.Helper()
	model := onnxtest.Model(b)
	h := newHouse(b, 1, append([]string{
		"ROLES=signaling,sfu", "SFU_LISTEN=127.0.0.1:0", "CLASSIFIER_MODEL=" + model.Model, "CLASSIFIER_LIBRARY=" + model.Library,
	}, settings...)...)
	rules, err := os.ReadFile("../../../sfu/route/ready/relay-everything.json")
	if err != nil {
		b.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{"policy": json.RawMessage(rules), "note": "benchmark"})
	if err != nil {
		b.Fatal(err)
	}
	n := h.nodes[0]
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPut, n.URL+"/api/admin/policy", bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	r.Close = true
	r.Header.Set("Authorization", "Bearer "+stage.OperatorToken)
	r.Header.Set("If-Match", `"0"`)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		b.Fatalf("policy: %s", answer.Status)
	}
	return h, n
}

// call brings two callers together, who show the picture from the start, and waits until each sees the other.
func call(b *testing.B, crowd *stage.Crowd, n *stage.Node, keyframe []byte) [2]*stage.Caller {
	b.Helper()
	pair := [2]*stage.Caller{crowd.Call(b, []string{n.URL}), crowd.Call(b, []string{n.URL})}
	for _, c := range pair {
		c.Play(keyframe)
		c.Find(stage.Video())
	}
	until(b, func() bool { return pair[0].Frames() > 0 && pair[1].Frames() > 0 }, "two callers do not see each other")
	return pair
}

// frameWork is what the judging of frames has cost so far, by the node's own metrics.
type frameWork struct {
	judged, shed, failed             float64
	waited, decode, resize, classify float64 // seconds
	askedBytes                       float64
}

func workOf(b *testing.B, n *stage.Node) frameWork {
	b.Helper()
	metric := func(name string) float64 { return n.Metric(b, "omezle_frames_"+name+"_total") }
	return frameWork{
		judged: metric("judged"), shed: metric("shed"), failed: metric("failed"),
		waited: metric("waited_seconds"), decode: metric("decode_seconds"), resize: metric("resize_seconds"), classify: metric("classify_seconds"),
		askedBytes: metric("asked_bytes"),
	}
}

func (w frameWork) since(before frameWork) frameWork {
	return frameWork{
		judged: w.judged - before.judged, shed: w.shed - before.shed, failed: w.failed - before.failed,
		waited: w.waited - before.waited, decode: w.decode - before.decode, resize: w.resize - before.resize, classify: w.classify - before.classify,
		askedBytes: w.askedBytes - before.askedBytes,
	}
}

// each is the mean of a number of seconds for a judged frame, in milliseconds.
func (w frameWork) each(seconds float64) float64 { return seconds / max(1, w.judged) * 1000 }
