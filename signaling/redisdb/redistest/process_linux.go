package redistest

import "syscall"

// endWithParent makes the kernel end the server when the test binary dies
// without running its cleanups, as it does at a test time-out.
func endWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
