package diag

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// Suggest returns the candidate that a mistyped word most likely meant, or ""
// when none is near. Candidates are compared without regard to case.
func Suggest(word string, candidates []string) string {
	const maxWord = 64
	if word == "" || len(word) > maxWord {
		return ""
	}
	best, bestDist := "", 1+max(1, len(word)/3)
	for _, c := range candidates {
		d := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(c))
		if d < bestDist {
			best, bestDist = c, d
		}
	}
	return best
}

// DidYouMean returns the help sentence for a mistyped word: the suggestion if
// there is one, otherwise the list of what is allowed.
func DidYouMean(word string, candidates []string) string {
	if s := Suggest(word, candidates); s != "" {
		return "did you mean " + Quote(s) + "?"
	}
	return "one of: " + strings.Join(candidates, ", ")
}
