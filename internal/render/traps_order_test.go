package render_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/render"
)

// A probe that starts before the route to its target stands takes the site's
// default route, and a track that is born down withdraws the circuit.
func TestPinsAreTypedBeforeTheProbesStart(t *testing.T) {
	for _, c := range []struct{ os, pin, start, route string }{
		{iosxe, "ip route 192.168.255.", "ip sla 1\n", "ip route 192.168.0.0 "},
		{vrp5, "ip route-static 192.168.255.", "nqa test-instance", "ip route-static 192.168.0.0 "},
	} {
		yaml := shippedScenario(t, "shanghai",
			"    port: wan1\n", "    port: wan1\n    track_target: 192.168.255.1\n",
			"    port: wan2\n", "    port: wan2\n    track_target: 192.168.255.2\n")
		text, list := renderText(t, yaml, c.os, "", render.Load)
		require.Falsef(t, list.HasErrors(), "%v", texts(list, 0))
		start, route := strings.Index(text, c.start), strings.Index(text, c.route)
		require.Positive(t, start)
		require.Positive(t, route)
		for _, pin := range []string{c.pin + "1 ", c.pin + "2 ", strings.Replace(c.pin, "192.168.255.", "100.96.0.11 ", 1)} {
			assert.Equalf(t, 1, strings.Count(text, "\n"+pin), "%s: %s", c.os, pin)
			assert.Lessf(t, strings.Index(text, "\n"+pin), start, "%s: %s", c.os, pin)
		}
		assert.Greaterf(t, route, start, "%s: the cloud's routes follow their probes", c.os)
		running, _ := renderText(t, yaml, c.os, "", render.Running)
		assert.Equal(t, 1, strings.Count(running, "\n"+c.pin+"1 "))
	}
}
