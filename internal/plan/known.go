package plan

import "github.com/twinpath/twinpath/internal/vendor"

// Known returns how many statements of a configuration a system's profile knows
// by their form, of how many. A text that cannot be read as the system's has
// none.
func Known(p *vendor.Profile, text string) (known, all int) {
	if p.Manage == nil {
		return 0, 0
	}
	c, err := read(newRules(p), text)
	if err != nil {
		return 0, 0
	}
	for _, s := range c.list {
		all++
		if s.kind != nil && !s.kind.Anywhere && !s.body {
			known++
		}
	}
	return known, all
}
