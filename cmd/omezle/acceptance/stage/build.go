//go:build unix

package stage

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// program is the built binary of this test binary.
var program struct {
	once sync.Once
	dir  string
	path string
	err  error
}

// build compiles the program, once. A client that was never built is no obstacle.
func build() (path string, err error) {
	p := &program
	p.once.Do(func() {
		if p.dir, p.err = os.MkdirTemp("", "omezle-stage-"); p.err != nil {
			return
		}
		p.path = filepath.Join(p.dir, "omezle")
		cmd := exec.Command("go", "build", "-o", p.path, "omezle/cmd/omezle")
		if out, err := cmd.CombinedOutput(); err != nil {
			p.err = fmt.Errorf("stage: go build: %w\n%s", err, out)
		}
	})
	return p.path, p.err
}

// Runner is what a TestMain runs: *testing.M, and what Main returns.
type Runner interface{ Run() int }

// Main removes the program that was built when all tests have run.
func Main(m Runner) Runner { return cleaner{m} }

type cleaner struct{ tests Runner }

func (c cleaner) Run() int {
	defer func() {
		if program.dir != "" {
			_ = os.RemoveAll(program.dir) // a temporary folder left behind fails nobody
		}
	}()
	return c.tests.Run()
}
