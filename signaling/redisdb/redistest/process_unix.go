//go:build unix && !linux

package redistest

import "syscall"

func endWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
