//go:build race

package changetest

import "time"

// patience is longer under the race detector, which slows the keys of a login
// down tenfold.
const patience = 20 * time.Second
