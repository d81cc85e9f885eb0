package device_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/device"
	"github.com/twinpath/twinpath/internal/devicetest"
	simulated "github.com/twinpath/twinpath/internal/gateway"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/vendors"
)

// systems are those that can be talked to.
var systems = []string{"cisco-iosxe", "frr", "huawei-vrp5", "huawei-vrp8", "juniper-junos", "juniper-srx"}

// played starts a played gateway of a system with a reviewed configuration and
// returns how it is reached as another system.
func played(t *testing.T, system string) (*simulated.Gateway, func(as string) device.Target) {
	t.Helper()
	files, err := filepath.Glob("../../golden/shanghai/" + system + "/gw1.running.*")
	require.NoError(t, err)
	startup := map[string]string{"cisco-iosxe": "archive\n path bootflash:twinpath\n"}[system]
	for _, f := range files {
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		startup += string(data)
	}
	g, err := simulated.New(simulated.Options{
		Systems: vendors.FS, OS: system, Hostname: "gw1", Startup: startup, Username: "netops", Password: devicetest.Password,
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = g.Close() })
	reg, err := vendor.NewRegistry(vendors.FS)
	require.NoError(t, err)
	return g, func(as string) device.Target {
		p, err := reg.Profile(as)
		require.NoError(t, err)
		definition, err := reg.Dialogue(as)
		require.NoError(t, err)
		return device.Target{
			Host: device.Host{
				Address: "127.0.0.1", Port: g.Addr.Port, Username: "netops", Password: devicetest.Password, KnownHosts: writeFile(t, []byte(g.KnownHosts())),
			},
			Platform: definition, Rules: p.Manage.Session, Mask: p.Manage.Mask, Timeout: 20 * time.Second,
		}
	}
}

// TestSystemsAreRecognised: each one is prepared and read as itself, and as no
// other.
func TestSystemsAreRecognised(t *testing.T) {
	t.Parallel()
	for _, system := range systems {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			g, as := played(t, system)
			s := opened(t, as(system))
			assert.Equal(t, "exec", s.Mode())
			assert.Equal(t, "gw1", s.Hostname())
			rules := as(system).Rules
			text, err := s.Run(t.Context(), rules.Running)
			require.NoError(t, err)
			assert.NotEmpty(t, text)
			for l := range strings.Lines(g.Running()) {
				assert.Contains(t, text, strings.TrimSpace(l))
			}
			require.NotEmpty(t, rules.Identify)
			require.NotNil(t, rules.Change)
			assert.NotContains(t, g.Dialogue(), devicetest.Password)
		})
	}
}

// TestOtherPromptsAreNone: a system of another family is told by its prompt.
func TestOtherPromptsAreNone(t *testing.T) {
	t.Parallel()
	for as, system := range map[string]string{
		"cisco-iosxe": "juniper-junos", "frr": "huawei-vrp5", "huawei-vrp8": "cisco-iosxe", "juniper-srx": "frr", "juniper-junos": "huawei-vrp8", "huawei-vrp5": "juniper-srx",
	} {
		t.Run(system+" as "+as, func(t *testing.T) {
			t.Parallel()
			_, target := played(t, system)
			other := target(as)
			other.Timeout = 4 * time.Second
			_, err := device.Open(t.Context(), other)
			require.ErrorContains(t, err, "no prompt of this operating system within 4s")
			require.NotErrorIs(t, err, device.ErrLost)
			assert.NotContains(t, err.Error(), devicetest.Password)
		})
	}
}

// TestFamiliesAreToldApart by what the gateway says of itself, not by prompts.
func TestFamiliesAreToldApart(t *testing.T) {
	t.Parallel()
	for _, tc := range [][2]string{
		{"huawei-vrp5", "huawei-vrp8"},
		{"huawei-vrp8", "huawei-vrp5"},
		{"juniper-junos", "juniper-srx"},
		{"juniper-srx", "juniper-junos"},
		{"cisco-iosxe", "frr"},
		{"frr", "cisco-iosxe"},
	} {
		t.Run(fmt.Sprint(tc), func(t *testing.T) {
			t.Parallel()
			_, as := played(t, tc[0])
			_, err := device.Open(t.Context(), as(tc[1]))
			var wrong *device.WrongSystemError
			require.ErrorAs(t, err, &wrong)
			assert.NotEmpty(t, wrong.Seen)
			assert.Contains(t, err.Error(), "what the inventory says")
		})
	}
}
