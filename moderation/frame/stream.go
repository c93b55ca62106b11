package frame

import (
	_ "embed" // the scripts
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Frames that others judge are in one stream, and are taken from it by one consumer group. All keys share a hash tag, so
// that they live on one server of a Cluster.
const (
	streamKey  = "omezle:{frames}:in"
	answersKey = "omezle:{frames}:answers:" // and the name of the asking node
	group      = "judges"
)

const (
	maxEntries   = 256 // in the stream: more than can be judged before they are stale
	maxAnswers   = 256 // that a node has not taken yet
	streamLives  = time.Minute
	answersLive  = 10 * time.Second
	remoteStale  = 2 * time.Second        // an older frame is not judged
	claimAfter   = 700 * time.Millisecond // a frame that its judge has not answered is taken over
	readFor      = 300 * time.Millisecond // how long a read waits for something to come
	retryFirst   = 100 * time.Millisecond
	retrySlowest = 2 * time.Second
)

var (
	//go:embed lua/add.lua
	addSource string
	//go:embed lua/age.lua
	ageSource string
	//go:embed lua/answer.lua
	answerSource string

	addScript    = redis.NewScript(addSource)
	ageScript    = redis.NewScript(ageSource)
	answerScript = redis.NewScript(answerSource)
)

// answer is what a judge tells the node that asked.
type answer struct {
	ID        string             `json:"i"`
	Width     int                `json:"w,omitempty"`
	Height    int                `json:"h,omitempty"`
	NoPicture bool               `json:"n,omitempty"`
	Scores    map[string]float64 `json:"s,omitempty"`
	Took      Took               `json:"t"`
	Fault     fault              `json:"e,omitempty"`
}

// fault says whose fault it is that there are no scores.
type fault string

const (
	faultSender fault = "sender" // ErrUndecodable
	faultJudge  fault = "judge"
)

// ErrJudge is wrapped when another node could not judge a frame by its own fault.
var ErrJudge = errors.New("the classifier's node failed")

func answerOf(id string, judged Judged, err error) (string, error) {
	a := answer{
		ID: id, Width: judged.Width, Height: judged.Height, NoPicture: judged.NoPicture, Scores: judged.Scores, Took: judged.Took,
	}
	switch {
	case errors.Is(err, ErrUndecodable):
		a.Fault = faultSender
	case err != nil:
		a.Fault = faultJudge
	}
	text, err := json.Marshal(a)
	if err != nil {
		return "", fmt.Errorf("frame: answer: %w", err)
	}
	return string(text), nil
}

func (a answer) judged() (Judged, error) {
	switch a.Fault {
	case "":
		return Judged{Width: a.Width, Height: a.Height, NoPicture: a.NoPicture, Scores: a.Scores, Took: a.Took}, nil
	case faultSender:
		return Judged{}, fmt.Errorf("frame: another node: %w", ErrUndecodable)
	default:
		return Judged{}, fmt.Errorf("frame: %w", ErrJudge)
	}
}

// backoff is how long to wait while Redis is away: ever longer, until it is back.
type backoff struct{ last time.Duration }

func (b *backoff) next() time.Duration {
	b.last = min(max(2*b.last, retryFirst), retrySlowest)
	return b.last
}

func (b *backoff) reset() { b.last = 0 }
