package bus

import (
	"strings"
	"testing"
	"time"
)

func TestTheDefaultsAreValidAndFindADeadNodeWithinTenSeconds(t *testing.T) {
	c := DefaultConfig()
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	if err := (Config{}).Validate(); err != nil {
		t.Errorf("nothing set: %v", err)
	}
	if worst := c.DeadAfter + c.Interval + c.attempt(); worst >= 10*time.Second {
		t.Errorf("a survivor may take %s", worst)
	}
}

func TestAShortOutageAgesNobodyToDeath(t *testing.T) {
	for _, c := range []Config{DefaultConfig(), quick(), {Interval: time.Second, DeadAfter: 4 * time.Second}} {
		if age := c.Interval + c.quiet() + c.attempt(); age >= c.DeadAfter {
			t.Errorf("a living node may be silent for %s, the limit is %s", age, c.DeadAfter)
		}
	}
}

func TestValidateNamesEveryProblem(t *testing.T) {
	err := Config{Interval: time.Millisecond, DeadAfter: 3 * time.Millisecond, Lease: time.Millisecond, QueueMessages: -1, QueueBytes: 1, MaxAge: -1}.Validate()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, word := range []string{"interval", "dead after", "lease", "hold a message", "bytes", "negative"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("nothing about %q in: %v", word, err)
		}
	}
}
