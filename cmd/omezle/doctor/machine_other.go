//go:build !linux

package doctor

import "os"

// Machine looks at nothing outside of Linux.
func Machine(r *Report, _ int, _ bool) {
	r.Area("machine").Skip("limits", "only Linux is known here", "")
}

func writable(dir string) bool {
	draft, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return false
	}
	return draft.Close() == nil && os.Remove(draft.Name()) == nil
}
