//go:build !race

package changetest

import "time"

// patience is how long a played gateway may take for a reply, on the machine's
// own clock: it is not timed, only kept from holding a test for ever.
const patience = 5 * time.Second
