package change

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// lock keeps two pushes of one machine from meeting on a gateway. The lock is
// the kernel's: it ends with the process, however that ends. The file stays, for
// the next one; it holds nothing.
func lock(folder, address string) (release func(), err error) {
	if folder == "" {
		folder = os.TempDir()
	}
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return '_'
	}, address)
	file := filepath.Join(folder, "twinpath-"+name+".lock")
	// Another user's file in a shared folder may be opened, but not with a flag
	// that would create it (fs.protected_regular of Linux).
	l := flock.New(file, flock.SetFlag(os.O_RDONLY))
	ok, err := l.TryLock()
	if errors.Is(err, fs.ErrNotExist) {
		l = flock.New(file, flock.SetFlag(os.O_CREATE|os.O_RDONLY), flock.SetPermissions(0o644))
		ok, err = l.TryLock()
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s on this machine: %w", address, err)
	}
	if !ok {
		return nil, &lockedError{address, file}
	}
	return func() { _ = l.Unlock() }, nil // The end of the process unlocks it too.
}

// lockedError is a gateway that another process of this machine works on.
type lockedError struct{ address, file string }

func (e *lockedError) Error() string {
	return fmt.Sprintf("another twinpath on this machine works on %s; wait for its end ('fuser %s' says which process it is)", e.address, e.file)
}
