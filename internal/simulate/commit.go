package simulate

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// checks applies the rules of a commit to the candidate.
func (s *pathSession) checks() *RefusalError {
	for _, rule := range s.d.Commits {
		anywhere, pattern := splitWay(rule.Each)
		var refused *RefusalError
		each := func(at *word) bool {
			return at.matches(pattern, map[string]string{"at": strings.Join(at.way(), " ")}, func(values map[string]string) bool {
				if say, bad := s.broken(rule, values); bad {
					refused = refuse(rule.Fact, "%s", say)
					refused.Rule = rule.ID
				}
				return refused == nil
			})
		}
		if anywhere {
			s.root.walk(each)
		} else {
			each(s.root)
		}
		if refused != nil {
			return refused
		}
	}
	return nil
}

// splitWay splits a pattern; anywhere is true when it may begin below the top.
func splitWay(text string) (anywhere bool, words []string) {
	words = strings.Fields(text)
	if len(words) > 0 && words[0] == "..." {
		return true, words[1:]
	}
	return false, words
}

// broken reports whether a rule is broken for the values of one statement.
func (s *pathSession) broken(rule *CommitRule, values map[string]string) (string, bool) {
	fill := func(text string) string {
		for k, v := range values {
			text = strings.ReplaceAll(text, "{"+k+"}", v)
		}
		return text
	}
	there := func(pattern string) bool {
		anywhere, words := splitWay(fill(pattern))
		found := false
		look := func(at *word) bool {
			at.matches(words, nil, func(map[string]string) bool { found = true; return false })
			return !found
		}
		if anywhere {
			s.root.walk(look)
		} else {
			look(s.root)
		}
		return found
	}
	if rule.Check == "host-bits" {
		p, err := netip.ParsePrefix(values["prefix"])
		return fill(rule.Say), err == nil && p != p.Masked()
	}
	if slices.ContainsFunc(rule.Forbids, there) {
		return fill(rule.Say), true
	}
	if len(rule.Needs) == 0 {
		return "", false
	}
	if slices.ContainsFunc(rule.Needs, there) {
		return "", false
	}
	return fill(rule.Say), true
}

// walk calls each for w and every word below it, as far as they are in force,
// until it returns false.
func (w *word) walk(each func(*word) bool) bool {
	if w.inactive {
		return true
	}
	if !each(w) {
		return false
	}
	for _, c := range w.children {
		if !c.walk(each) {
			return false
		}
	}
	return true
}

// matches calls found for every way below w that has the pattern, with the
// values of its {names}, until it returns false.
func (w *word) matches(pattern []string, values map[string]string, found func(map[string]string) bool) bool {
	if w.inactive {
		return true
	}
	if len(pattern) == 0 {
		return found(values)
	}
	p := pattern[0]
	switch {
	case p == "*":
		for _, c := range w.children {
			if !c.matches(pattern[1:], values, found) {
				return false
			}
		}
	case strings.HasPrefix(p, "{"):
		name := strings.Trim(p, "{}")
		for _, c := range w.children {
			next := map[string]string{name: c.text}
			maps.Copy(next, values)
			if !c.matches(pattern[1:], next, found) {
				return false
			}
		}
	default:
		if c := w.index[p]; c != nil {
			return c.matches(pattern[1:], values, found)
		}
	}
	return true
}
