package diag

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/agnivade/levenshtein"
)

// Suggest returns the candidate that a mistyped word most likely meant, or ""
// when none is near. Candidates are compared without regard to case. A word
// that stands inside one candidate only, such as ios-xe in cisco-iosxe, means
// that one.
func Suggest(word string, candidates []string) string {
	const maxWord = 64
	if word == "" || len(word) > maxWord {
		return ""
	}
	for _, c := range candidates {
		if p := plain(word); p != "" && plain(c) == p {
			return c
		}
	}
	best, bestDist := "", 1+max(1, len(word)/3)
	for _, c := range candidates {
		d := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(c))
		if d < bestDist {
			best, bestDist = c, d
		}
	}
	if best != "" {
		return best
	}
	const minPart = 3
	part := plain(word)
	for _, c := range candidates {
		if len(part) < minPart || !strings.Contains(plain(c), part) {
			continue
		}
		if best != "" {
			return ""
		}
		best = c
	}
	return best
}

// plain keeps the letters and digits of a word, in lower case.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// DidYouMean returns the help sentence for a mistyped word: the suggestion if
// there is one, otherwise the list of what is allowed.
func DidYouMean(word string, candidates []string) string {
	if s := Suggest(word, candidates); s != "" {
		return "did you mean " + Quote(s) + "?"
	}
	if len(candidates) == 0 {
		return ""
	}
	const most = 40 // The names of a fleet would fill screens.
	if n := len(candidates); n > most {
		return fmt.Sprintf("one of: %s and %d more", strings.Join(candidates[:most], ", "), n-most)
	}
	return "one of: " + strings.Join(candidates, ", ")
}
