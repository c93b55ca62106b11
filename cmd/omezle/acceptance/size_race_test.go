//go:build race

package acceptance

// defaultCrowd is how many visitors a crowd has. The race detector allows 8,128 goroutines, and each visitor has one.
const defaultCrowd = 2_000
