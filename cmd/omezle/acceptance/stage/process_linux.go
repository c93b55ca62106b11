package stage

import "syscall"

// endWithParent makes the kernel end the node when the test binary dies without running its cleanups.
func endWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
