//go:build !race

package acceptance

// defaultCrowd is how many visitors a crowd has.
const defaultCrowd = 10_000
