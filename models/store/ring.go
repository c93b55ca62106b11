package store

// ring is a queue of at most limit items that gives up its oldest item for a new
// one. It grows as needed and never shrinks. It does not lock.
type ring[T any] struct {
	items []T // a power of two of places, or none
	head  int // place of the oldest
	count int
	limit int
}

func (r *ring[T]) len() int { return r.count }

// push adds an item and reports whether another was lost for it.
func (r *ring[T]) push(item T) (dropped bool) {
	if r.count == r.limit {
		r.pop()
		dropped = true
	}
	if r.count == len(r.items) {
		r.grow()
	}
	r.items[(r.head+r.count)&(len(r.items)-1)] = item
	r.count++
	return dropped
}

// pop removes the oldest item. The ring must not be empty.
func (r *ring[T]) pop() T {
	var zero T
	item := r.items[r.head]
	r.items[r.head] = zero
	r.head = (r.head + 1) & (len(r.items) - 1)
	r.count--
	return item
}

func (r *ring[T]) grow() {
	bigger := make([]T, max(64, 2*len(r.items)))
	n := copy(bigger, r.items[r.head:])
	copy(bigger[n:], r.items[:r.head])
	r.items, r.head = bigger, 0
}
