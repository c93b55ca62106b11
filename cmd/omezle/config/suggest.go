package config

import "strings"

// didYouMean returns a clause that names the candidate nearest to word, or
// nothing when none is near.
func didYouMean(word string, candidates []string) string {
	best, distance := "", 1+max(2, len(word)/4)
	for _, c := range candidates {
		if d := nearness(word, c); d < distance {
			best, distance = c, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// nearness is the edit distance of two key names. A right name in the wrong
// group counts as nearly right.
func nearness(a, b string) int {
	d := editDistance(a, b)
	if lastPart(a) == lastPart(b) {
		d = min(d, 2)
	}
	return d
}

func lastPart(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// editDistance counts the insertions, deletions and substitutions between a and
// b (Levenshtein), keeping one row of the table.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diagonal, row[j] = row[j], min(row[j]+1, row[j-1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
