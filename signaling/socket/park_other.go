//go:build !linux

package socket

import "context"

// Lot parks nothing on this system: each idle connection keeps its goroutine.
type Lot struct{}

// NewLot returns a lot without spaces.
func NewLot() (*Lot, error) { return &Lot{}, nil }

// Run waits until ctx ends.
func (l *Lot) Run(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func (l *Lot) park(*Conn) bool   { return false }
func (l *Lot) take(uint64) *Conn { return nil }
