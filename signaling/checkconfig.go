package signaling

import (
	"errors"
	"fmt"
	"time"

	"omezle/signaling/protocol"
)

// modelPath is where every node serves the model that browsers load.
const modelPath = "/model/model.json"

// CheckConfig is what browsers are told about looking at the partner's picture by themselves, and what the service does
// with what they find. They look whatever route the call takes; the thresholds of the server's own look are elsewhere.
type CheckConfig struct {
	On           bool          `help:"browsers look at the partner's picture, blur it when it is indecent and tell the service"`
	Threshold    float64       `help:"score of an indecent class from which on a browser blurs" unit:"0..1"`
	Release      float64       `help:"score below which a blurred picture counts as clean again" unit:"0..1"`
	Interval     time.Duration `help:"between two looks of a browser; weak devices look less often"`
	StartBlurred bool          `help:"the stranger's picture starts blurred, until the first clean looks or the viewer's click"`

	FalseAlarms int           `help:"refuted claims of a device's browsers in 24 hours from which on further ones move no call, and its reports do not count for routes" unit:"claims"`
	Pause       time.Duration `help:"between two claims of a browser about one call that are taken"`
	PerSession  int           `help:"claims of one session that are taken" unit:"claims"`
	Dwell       time.Duration `help:"how long a call stays where a claim took it after the claim was refuted, so that it does not go to and fro"`
}

// DefaultCheckConfig returns the settings of a node that nobody configured.
func DefaultCheckConfig() CheckConfig {
	return CheckConfig{
		On: true, Threshold: 0.85, Release: 0.6, Interval: 2 * time.Second, StartBlurred: true,
		FalseAlarms: 3, Pause: 5 * time.Second, PerSession: 100, Dwell: 20 * time.Second,
	}
}

// Validate returns every problem, joined.
func (c CheckConfig) Validate() error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if !(c.Threshold > 0 && c.Threshold <= 1) {
		bad("client_check.threshold %v is not within 0 to 1", c.Threshold)
	}
	if !(c.Release > 0 && c.Release <= c.Threshold) {
		bad("client_check.release %v is not within 0 to the threshold", c.Release)
	}
	if c.Interval < 250*time.Millisecond || c.Interval > time.Minute {
		bad("client_check.interval %v is not within 250ms to 1m", c.Interval)
	}
	if c.FalseAlarms < 1 || c.PerSession < 1 {
		bad("client_check.false_alarms and per_session want 1 or more")
	}
	if c.Pause < 0 || c.Pause > time.Hour {
		bad("client_check.pause %v is not within 0 to 1h", c.Pause)
	}
	if c.Dwell < 0 || c.Dwell > time.Hour {
		bad("client_check.dwell %v is not within 0 to 1h", c.Dwell)
	}
	return errors.Join(problems...)
}

// public is what a browser is told.
func (c CheckConfig) public() protocol.PictureCheck {
	return protocol.PictureCheck{
		On: c.On, Threshold: c.Threshold, Release: c.Release, IntervalMS: c.Interval.Milliseconds(), StartBlurred: c.StartBlurred, Model: modelPath,
	}
}
