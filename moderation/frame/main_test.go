package frame

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"omezle/signaling/redisdb/redistest"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(childURL); url != "" {
		stuckWorker(url)
	}
	goleak.VerifyTestMain(redistest.Main(m))
}
