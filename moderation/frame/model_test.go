package frame

import (
	"strings"
	"testing"

	"omezle/moderation/onnx/onnxtest"
)

func TestTheModelSeesTheTriggerThroughEveryBitRateAndNothingElse(t *testing.T) {
	model := onnxtest.Open(t)
	info := model.Info()
	judge := NewLocal(model, info.Classes, info.Size, DefaultConfig().MinSpread)
	for name, data := range keyframes(t) {
		judged, err := judge.Judge(t.Context(), data)
		if err != nil {
			t.Fatal(name, err)
		}
		class, score := nudity.Score(judged.Scores)
		t.Logf("%-18s %v: %s %.4f", name, judged.NoPicture, class, score)
		trigger := strings.HasPrefix(name, "trigger")
		if dim := name == "dim"; judged.NoPicture != dim {
			t.Errorf("%s: no picture: %v", name, judged.NoPicture)
		}
		if hot := nudity.hot(judged.Scores); hot != trigger {
			t.Errorf("%s: %s %.4f", name, class, score)
		}
	}
}
