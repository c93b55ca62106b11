package route

import (
	"embed"
	"fmt"
	"path"
	"strings"
)

//go:embed ready/*.json
var readyFiles embed.FS

// The ready policies.
const (
	P2POnly         = "p2p-only"
	P2PWithFallback = "p2p-with-fallback" // in force where no other was set
	RelayEverything = "relay-everything"
)

// ReadyNames lists the ready policies, from the least to the most intrusive.
func ReadyNames() []string { return []string{P2POnly, P2PWithFallback, RelayEverything} }

// Ready returns the document of a ready policy.
func Ready(name string) ([]byte, error) {
	document, err := readyFiles.ReadFile(path.Join("ready", path.Base(name)+".json"))
	if err != nil {
		return nil, fmt.Errorf("route: no policy %q is ready: there are %s", name, strings.Join(ReadyNames(), ", "))
	}
	return document, nil
}

// DefaultPolicy is what is in force until somebody sets one.
func DefaultPolicy() *Policy {
	document, err := Ready(P2PWithFallback)
	if err != nil {
		panic(err) // it is part of the program
	}
	p, err := Parse(document)
	if err != nil {
		panic(err) // a test reads each
	}
	return p
}
