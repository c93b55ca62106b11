package route

import "omezle/models"

// inShare reports whether the pair belongs to percent of all pairs. A pair has one place for a salt, and a larger share
// reaches further: raising it only adds pairs, on every node alike.
func inShare(percent float64, salt string, pair models.PairID) bool {
	return place(salt, pair)*100 < percent
}

// place is where a pair stands for a salt, evenly spread over [0, 1): FNV-1a over both, and the finalizer of SplitMix64,
// since FNV's upper bits hardly depend on the last bytes.
func place(salt string, pair models.PairID) float64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for i := range len(salt) {
		h = (h ^ uint64(salt[i])) * prime
	}
	h *= prime // a zero byte between them: salts hold none
	for i := range len(pair) {
		h = (h ^ uint64(pair[i])) * prime
	}
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	h ^= h >> 31
	return float64(h>>11) / (1 << 53)
}
