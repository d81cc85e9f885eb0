package device_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/device"
	"github.com/twinpath/twinpath/internal/devicetest"
)

// TestPasswordIsShownNowhere: neither in an error, whatever goes wrong and
// however it is printed, nor in what holds it.
func TestPasswordIsShownNowhere(t *testing.T) {
	t.Parallel()
	g, as := played(t, "cisco-iosxe")
	target := as("cisco-iosxe")
	jump := target.Host
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var printed strings.Builder
	show := func(v any) { fmt.Fprintf(&printed, "%v\n%+v\n%#v\n%s\n", v, v, v, v) }
	show(target)
	show(&target)
	show(target.Host)
	data, err := json.Marshal(target.Host)
	require.NoError(t, err)
	printed.Write(data)
	for name, edit := range map[string]func(*device.Target){
		"wrong password":   func(d *device.Target) { d.Password += "-wrong" },
		"wrong user":       func(d *device.Target) { d.Username = "nobody" },
		"unknown host":     func(d *device.Target) { d.KnownHosts = known(t, "# nobody") },
		"no file":          func(d *device.Target) { d.KnownHosts = "no/such/file" },
		"nobody there":     func(d *device.Target) { d.Port = 1 },
		"another system":   func(d *device.Target) { *d = as("frr") },
		"jump refuses":     func(d *device.Target) { j := jump; j.Password += "-wrong"; d.Jump = &j },
		"jump forwards no": func(d *device.Target) { d.Jump = &jump; d.Port = 1 },
		"too slow":         func(d *device.Target) { d.Timeout = time.Nanosecond },
		"bad definition":   func(d *device.Target) { d.Platform = []byte("nothing") },
		"by program":       func(d *device.Target) { d.System, d.Config = true, writeFile(t, []byte("# none\n")) },
	} {
		bad := target
		edit(&bad)
		_, err := device.Open(t.Context(), bad)
		require.Error(t, err, name)
		show(err)
	}
	_, err = device.Open(ended, target)
	show(err)
	s := opened(t, target)
	for _, line := range []string{"no such command", "show running-config", "show archive"} {
		out, err := s.Act(t.Context(), line)
		printed.WriteString(out)
		show(err)
	}
	show(s)
	require.NoError(t, s.Close())
	_, err = s.Run(t.Context(), "show version")
	show(err)
	printed.WriteString(g.Dialogue())
	assert.NotContains(t, printed.String(), devicetest.Password)
}
