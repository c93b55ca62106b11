package acceptance

import (
	"testing"

	"go.uber.org/goleak"

	"omezle/cmd/omezle/acceptance/stage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(stage.Main(m)) }
