package redisdb

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestTheClockPassesOnAllTheTimeThatWentBy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var passed time.Duration
		var steps int
		c := startClock(func(d time.Duration) { passed += d; steps++ })
		time.Sleep(10*time.Second + clockTick/2)
		c.close()
		if passed != 10*time.Second || steps != 100 {
			t.Errorf("%s in %d steps", passed, steps)
		}
	})
}

func TestASlowAdvanceMakesTheClockTickLessOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var passed, busy time.Duration
		c := startClock(func(d time.Duration) {
			passed += d
			busy += 50 * time.Millisecond
			time.Sleep(50 * time.Millisecond)
		})
		time.Sleep(time.Minute)
		c.close()
		if busy > time.Minute/clockShare {
			t.Errorf("busy for %s of a minute", busy)
		}
		if passed < 58*time.Second {
			t.Errorf("told of %s only", passed)
		}
	})
}
