package bench

import (
	"os"
	"testing"

	"omezle/cmd/omezle/acceptance/stage"
)

func TestMain(m *testing.M) { os.Exit(stage.Main(m).Run()) }
