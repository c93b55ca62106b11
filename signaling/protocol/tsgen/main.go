// Command tsgen writes the TypeScript side of omezle.v1 from the Go types: one
// type a struct, a literal union an enumeration, discriminated unions of what
// client and server say, the limits and the close codes.
//
// It is run by go generate in signaling/protocol; a test there fails when the
// written file is not what it would write now.
package main

import (
	"fmt"
	"os"

	"omezle/signaling/protocol"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: tsgen FILE")
		os.Exit(2)
	}
	if err := os.WriteFile(os.Args[1], []byte(protocol.TypeScript()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
