package plan_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/plan"
)

// FuzzDiff: whatever two texts are compared, nothing panics, and a text needs
// nothing to become itself.
func FuzzDiff(f *testing.F) {
	f.Add("ip sla 1\n icmp-echo 10.0.0.1\nip sla schedule 1 life forever start-time now\n", "ip sla 1\n icmp-echo 10.0.0.2\n")
	f.Add("bfd\n#\nbfd a bind peer-ip 10.0.0.1\n discriminator local 1\n commit\n", "undo bfd\n")
	f.Add("a {\n b [ c d ];\n inactive: e;\n}\n", "set a b c\ndeactivate a\n")
	f.Add("banner motd ^C\nx\n^C\n", "banner motd #\n")
	reg := profiles(f)
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, id := range reg.IDs() {
			p, err := reg.Profile(id)
			require.NoError(t, err)
			if d, err := plan.Diff(p, a, b); err == nil {
				plan.Lands(p, a, b, d.Commands)
			}
			if d, err := plan.Diff(p, a, a); err == nil {
				require.Empty(t, d.Commands, "%s: %q to itself", id, a)
			}
		}
	})
}
