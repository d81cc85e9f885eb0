package cli

import (
	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/vendor"
)

// How sure it must be that a file is another system's: that one knows at least
// so many of its statements, and so many times as many as the system that the
// file is taken for.
const (
	foreignLeast = 5
	foreignTimes = 4
)

// foreign refuses a configuration that another system has written: compared
// with it, a gateway looks as if nothing were configured there, and the lines
// for a fresh one would be typed at it. Systems of one family that differ in a
// few words cannot be told apart by this.
func (in *input) foreign(file, text string, p *vendor.Profile) error {
	known, all := plan.Known(p, text)
	if known*2 > all {
		return nil // Most of it is this system's: the others need not be asked.
	}
	var best *vendor.Profile
	most := 0
	for _, id := range in.registry.IDs() {
		other, err := in.registry.Profile(id)
		if err != nil {
			return err
		}
		if id == p.ID || other == nil {
			continue
		}
		if n, _ := plan.Known(other, text); n > most {
			best, most = other, n
		}
	}
	if most >= foreignLeast && most >= foreignTimes*known {
		return refusedError("%s looks like a configuration of %s, not of %s: of its %d statements, %d have a form that the former knows and %d one that the latter does; name the gateway's own file",
			file, best.Title, p.Title, all, most, known)
	}
	return nil
}
