package document

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// nearest returns the candidate that was most likely meant by word, or "". Case does not count. A
// candidate that is the only one to begin with word is taken however much longer it is.
func nearest(word string, candidates []string) string {
	word = strings.ToLower(word)
	best, bestDistance := "", len(word)/3+2
	begins, beginning := 0, ""
	for _, c := range candidates {
		lower := strings.ToLower(c)
		if len(word) >= 4 && strings.HasPrefix(lower, word) {
			begins, beginning = begins+1, c
		}
		if d := len(lower) - len(word); max(d, -d) >= bestDistance {
			continue
		}
		if d := levenshtein.ComputeDistance(word, lower); d < bestDistance && d < len(word) {
			best, bestDistance = c, d
		}
	}
	if best == "" && begins == 1 {
		return beginning
	}
	return best
}

// DidYouMean is a hint that names the nearest candidate, else all of them where they are few.
func DidYouMean(word string, candidates []string) string {
	if near := nearest(word, candidates); near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	if len(candidates) == 0 || len(candidates) > 30 {
		return ""
	}
	sorted := slices.Sorted(slices.Values(candidates))
	return "known here: " + strings.Join(sorted, ", ")
}
