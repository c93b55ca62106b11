package route

import "omezle/models"

// inShare reports whether the pair belongs to percent of all pairs. A pair has one place for a salt, and a larger share
// reaches further: raising it only adds pairs, on every node alike.
func inShare(percent float64, salt string, pair pairHash) bool {
	return place(salt, pair)*100 < percent
}

// pairHash is of a pair's id, made once for all rules.
type pairHash uint64

func hashPair(pair models.PairID) pairHash { return pairHash(spread(fnv(string(pair)))) }

// place is where a pair stands for a salt, evenly over [0, 1).
func place(salt string, pair pairHash) float64 {
	return float64(spread(fnv(salt)^uint64(pair))>>11) / (1 << 53)
}

// fnv is FNV-1a.
func fnv(text string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * prime
	}
	return h
}

// spread is the finalizer of SplitMix64: every bit depends on every bit, which is not so with FNV's upper ones.
func spread(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
