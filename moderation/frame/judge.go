package frame

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Judger has one keyframe judged. It is used by several goroutines. An error that wraps ErrUndecodable is the sender's
// doing, any other is ours.
type Judger interface {
	Judge(ctx context.Context, keyframe []byte) (Judged, error)
}

// Judged is what one keyframe showed.
type Judged struct {
	Width, Height int                // pixels
	NoPicture     bool               // too dark or too even to be called anything; there are no scores then
	Scores        map[string]float64 // by class, 0 to 1
	Took          Took
}

// Took is where the time of one judgement went, by the clock on the wall.
type Took struct{ Decode, Resize, Classify time.Duration }

// Classifier is the model. Pixels are RGB, 0 to 1, channels last; scores are in the order of its classes. It is used by
// several goroutines, and keeps no pixels.
type Classifier interface {
	Classify(ctx context.Context, pixels []float32) (scores []float64, err error)
}

// Local judges in this process.
type Local struct {
	classifier Classifier
	classes    []string
	size       int // of the model's input, in pixels
	minSpread  int
	pixels     sync.Pool // of *[]float32, one for each that judges at the same time
}

// NewLocal returns a Judger that decodes and classifies here. classes and size are the model's; minSpread is
// Config.MinSpread.
func NewLocal(classifier Classifier, classes []string, size, minSpread int) *Local {
	l := &Local{classifier: classifier, classes: classes, size: size, minSpread: minSpread}
	l.pixels.New = func() any {
		pixels := make([]float32, size*size*3)
		return &pixels
	}
	return l
}

// Judge decodes the keyframe, looks whether there is something to see, and asks the classifier.
func (l *Local) Judge(ctx context.Context, keyframe []byte) (Judged, error) {
	begin := time.Now()
	picture, err := Decode(keyframe)
	if err != nil {
		return Judged{}, fmt.Errorf("frame: %w", err)
	}
	judged := Judged{Width: picture.Rect.Dx(), Height: picture.Rect.Dy()}
	judged.NoPicture = Spread(picture) < l.minSpread
	decoded := time.Now()
	judged.Took.Decode = decoded.Sub(begin)
	if judged.NoPicture {
		return judged, nil
	}
	pixels := l.pixels.Get().(*[]float32)
	defer l.pixels.Put(pixels)
	Fill(*pixels, picture, l.size)
	resized := time.Now()
	judged.Took.Resize = resized.Sub(decoded)
	scores, err := l.classifier.Classify(ctx, *pixels)
	judged.Took.Classify = time.Since(resized)
	if err != nil {
		return Judged{}, fmt.Errorf("frame: classify: %w", err)
	}
	if len(scores) != len(l.classes) {
		return Judged{}, fmt.Errorf("frame: %d scores for %d classes", len(scores), len(l.classes))
	}
	judged.Scores = make(map[string]float64, len(scores))
	for i, class := range l.classes {
		judged.Scores[class] = scores[i]
	}
	return judged, nil
}
