package plan_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/plan"
)

// noise are lines that say nothing of the configuration, by system: the two of a
// pair stand in each other's place, and an empty one is a line that comes.
var noise = map[string][][2]string{
	iosxe: {
		{"Current configuration : 1000 bytes", "Current configuration : 1001 bytes"},
		{"", "! Last configuration change at 10:00:00 UTC Mon Nov 23 2026 by admin"},
		{"", "! NVRAM config last updated at 10:00:00 UTC Mon Nov 23 2026"},
		{"", "Load for five secs: 3%/0%; one minute: 2%; five minutes: 2%"},
		{"", "Time source is NTP, 10:00:00.123 UTC Mon Nov 23 2026"},
		{"", "ntp clock-period 17179870"},
		{"", "Building configuration..."},
	},
	"huawei-vrp5": {
		{"!Software Version V200R019C10SPC800", "!Software Version V200R019C10SPC801"},
		{"", "[V300R024C00SPC100]"},
		{"", "Info: It will take several minutes to save configuration file, please wait."},
		{"", "#"},
	},
	"huawei-vrp8": {
		{"!Software Version V200R019C10SPC800", "!Software Version V200R019C10SPC801"},
		{"", "!Last configuration was updated at 2026-11-23 10:00:00 UTC"},
		{"", "!Last configuration was saved at 2026-11-23 10:00:01 UTC"},
		{"", "#"},
	},
	"juniper-junos": bracesNoise,
	"juniper-srx":   bracesNoise,
	frr: {
		{"", "frr version 10.3"},
		{"", "! written at 10:00:00"},
		{"Building configuration...", "Building configuration... "},
	},
}

var bracesNoise = [][2]string{
	{"## Last commit: 2026-11-20 10:00:00 UTC by admin", "## Last commit: 2026-11-23 11:11:11 UTC by root"},
	{"", "## Last changed: 2026-11-23 11:11:11 UTC"},
	{"version 22.4R1;", "version 22.4R2;"},
	{"", "/* a comment */"},
	{"", "{master:0}"},
}

// spellings are two ways to print one statement.
var spellings = map[string][][2]string{
	iosxe: {
		{"interface GigabitEthernet0/0/0", "interface Gi0/0/0"},
		{" delay down 4 up 10", " delay up 10 down 4"},
		{"name ec1 track 1", "name ec1 track 1  "},
		{"ip sla schedule 1 life forever start-time now", "ip sla schedule 1 start-time now life forever"},
		{"ip route 192.168.0.0 255.255.0.0 GigabitEthernet0/0/0", "ip route 192.168.0.0 255.255.0.0 Gi0/0/0"},
	},
	"huawei-vrp5": {
		{"ip address 10.0.0.2 255.255.255.252", "ip address 10.0.0.2 30"},
		{"interface GigabitEthernet0/0/1", "interface GigabitEthernet 0/0/1"},
		{"ip route-static 192.168.0.0 255.255.0.0", "ip route-static 192.168.0.0 16"},
	},
	"huawei-vrp8": {
		{"ip address 10.0.0.2 255.255.255.252", "ip address 10.0.0.2 30"},
		{"interface 10GE1/0/1", "interface 10GE 1/0/1"},
	},
	"juniper-junos": {{"description \"twinpath circuit ec1\";", "description    \"twinpath circuit ec1\";"}},
	"juniper-srx":   {{"host-name gw;", "host-name \"gw\";"}},
	frr:             {{"ip address 10.0.0.2/30", "ip address 10.0.0.2/30 "}},
}

// TestDrift: one character of one of our statements is drift, wherever it
// stands; a time, a counter or another spelling is none.
func TestDrift(t *testing.T) {
	for _, folder := range inventories(t) {
		name := "shanghai"
		if folder == frr {
			name = "lab"
		}
		s := rendered(t, name, folder)
		id := s.profile.ID
		config := aroundOn(s.profile, s.running)
		if id == iosxe {
			config = strings.Replace(config, "Current configuration:", "Current configuration : 1000 bytes", 1)
		}
		g := s.plan(t, config)
		drift := func(t *testing.T, config string) []string {
			t.Helper()
			paths, err := plan.Paths(s.profile, config)
			require.NoError(t, err)
			return g.Drift(s.profile.Manage, paths)
		}
		t.Run(folder+"/none", func(t *testing.T) {
			assert.Empty(t, drift(t, config))
			for _, pair := range append(noise[id], spellings[id]...) {
				edited := pair[1] + "\n" + config
				if pair[0] != "" && !strings.Contains(config, pair[0]) && folder != id {
					continue // The ports of this grammar have other names.
				}
				if pair[0] != "" {
					require.Contains(t, config, pair[0])
					edited = strings.Replace(config, pair[0], pair[1], 1)
				}
				assert.Empty(t, drift(t, edited), "%q for %q", pair[1], pair[0])
			}
			assert.Empty(t, drift(t, strings.ReplaceAll(config, "\n", "\r\n")), "line ends of another system")
		})
		t.Run(folder+"/one character", func(t *testing.T) {
			n := 0
			at := strings.Index(config, s.running)
			for i, line := range strings.Split(s.running, "\n") {
				for _, end := range wordEnds(line) {
					b := []byte(config)
					b[at+end] = other(b[at+end])
					assert.NotEmpty(t, drift(t, string(b)), "line %d, %q becomes %q", i+1, line, string(b[at:at+len(line)]))
					n++
				}
				at += len(line) + 1
			}
			t.Logf("%d characters", n)
		})
	}
}

// wordEnds returns where the words of a line that says something end.
func wordEnds(line string) []int {
	var out []int
	if strings.Trim(line, " !#{}[];") == "" || strings.TrimSpace(line) == "return" || strings.HasPrefix(strings.TrimSpace(line), "exit") {
		return nil
	}
	for i := range len(line) {
		c := line[i]
		if (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9') && (i+1 == len(line) || strings.ContainsRune(" ;\"]", rune(line[i+1]))) {
			out = append(out, i)
		}
	}
	return out
}

// other returns another character of the same sort.
func other(c byte) byte {
	switch {
	case c == '9':
		return '8'
	case c >= '0' && c <= '9':
		return c + 1
	case c == 'q':
		return 'x'
	}
	return 'q'
}
