//go:build unix && !linux

package stage

import "syscall"

// endWithParent cannot keep its word here: a test binary that is killed leaves its nodes running.
func endWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
