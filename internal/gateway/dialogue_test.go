package gateway_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/gateway"
)

var update = flag.Bool("update", false, "write the dialogues of testdata anew")

const golden = "../../golden/shanghai/"

// step is a line that is typed, and what ends the reply. Of a line that begins
// with "@", the connection of that number types the rest; one that is a time
// moves the clock on.
type step struct{ line, end string }

// dialogues are what is typed at each system. What comes back stands in
// testdata, to be read beside the vendors' samples.
var dialogues = []struct {
	name, system, startup string
	fresh                 bool
	steps                 []step
}{
	{"static-bfd", "frr", "../../golden/lab/frr/gw1.running.cfg", false, []step{
		{"", "gw1# "},
		{"foo bar", "gw1# "},
		{"show ip route 192.168.0.0/16", "gw1# "},
		{"show bfd peer 10.0.0.1 interface c1", "gw1# "},
		{"show bfd static route", "gw1# "},
		{"configure terminal", "gw1(config)# "},
		{"ip route 1.0.0.0/8", "gw1(config)# "},
		{"no ip route 1.0.0.0/8 10.0.0.1 c1", "gw1(config)# "},
		{"bfd", "gw1(config-bfd)# "},
		{"profile twinpath", "gw1(config-bfd-profile)# "},
		{"detect-multiplier 999", "gw1(config-bfd-profile)# "},
		{"interface c1", "gw1(config-if)# "},
		{"description other", "gw1(config-if)# "},
		{"do show bfd peers brief", "gw1(config-if)# "},
		{"end", "gw1# "},
		{"write memory", "gw1# "},
	}},
	{"revert-timer", "cisco-iosxe", golden + "cisco-iosxe/gw1.running.cfg", true, []step{
		{"", "gw1#"},
		{"show running-config", "--More-- "},
		{"q", "gw1#"},
		{"terminal length 0", "gw1#"},
		{"show archive config rollback timer", "gw1#"},
		{"show foo", "gw1#"},
		{"conf t rev tim 2", "gw1(config)#"},
		{"ip sla 1", "gw1(config)#"},
		{"icmp-echo 8.8.8.8", "gw1(config)#"},
		{"no ip sla 1", "gw1(config)#"},
		{"ip sla 1", "gw1(config-ip-sla)#"},
		{"icmp-echo 10.0.0.1 source-ip 10.0.0.2", "gw1(config-ip-sla-echo)#"},
		{"frequency 2", "gw1(config-ip-sla-echo)#"},
		{"exit", "gw1(config)#"},
		{"ip sla schedule 1 life forever start-time now", "gw1(config)#"},
		{"interface Gi0/0/0", "gw1(config-if)#"},
		{"ip address 10.0.0.2", "gw1(config-if)#"},
		{"ip address-list 10.0.0.2 255.255.255.252", "gw1(config-if)#"},
		{"do show track 1", "gw1(config-if)#"},
		{"end", "gw1#"},
		{"show archive config rollback timer", "gw1#"},
		{"60s", "configured\r\n"},
		{"", "gw1#"},
		{"60s", "archived configuration\r\n"},
		{"show archive config rollback timer", "gw1#"},
		{"configure confirm", "gw1#"},
		{"configure revert now", "gw1#"},
		{"copy running-config startup-config", "]? "},
		{"", "gw1#"},
	}},
	{"trial", "huawei-vrp8", golden + "huawei-vrp8/gw1.running.cfg", true, []step{
		{"", "<gw1>"},
		{"display version", "<gw1>"},
		{"foo", "<gw1>"},
		{"display", "<gw1>"},
		{"configuration exclusive", "<gw1>"},
		{"@2", "<gw1>"},
		{"@2configuration exclusive", "<gw1>"},
		{"@2system-view", "[~gw1]"},
		{"@2sysname other", "[~gw1]"},
		{"system-view", "[~gw1]"},
		{"interface 10GE1/0/1", "[~gw1-10GE1/0/1]"},
		{"description other", "[*gw1-10GE1/0/1]"},
		{"quit", "[*gw1]"},
		{"ip route-static 1.0.0.0 8 10.0.0.1 track nqa twinpath none", "[*gw1]"},
		{"nqa test-instance twinpath ec1", "[*gw1-nqa-twinpath-ec1]"},
		{"timeout 2", "[Y/N]:"},
		{"n", "[*gw1-nqa-twinpath-ec1]"},
		{"quit", "[*gw1]"},
		{"display configuration candidate changes", "[*gw1]"},
		{"return", "(cancel)]:"},
		{"c", "[*gw1]"},
		{"commit trial 60", "[~gw1]"},
		{"display configuration trial status", "[~gw1]"},
		{"30s", ""},
		{"@2display configuration trial status", "[~gw1]"},
		{"@2abort trial", "[~gw1]"},
		{"abort trial", "[Y/N]:"},
		{"maybe", "[Y/N]:"},
		{"y", "[~gw1]"},
		{"return", "<gw1>"},
		{"undo configuration exclusive", "<gw1>"},
		{"save", "[Y/N]:"},
		{"y", "<gw1>"},
	}},
	{"immediate", "huawei-vrp5", golden + "huawei-vrp5/gw1.running.cfg", true, []step{
		{"", "<gw1>"},
		{"screen-length 0 temporary", "<gw1>"},
		{"display ip routing-table 192.168.0.0 255.255.0.0 verbose", "<gw1>"},
		{"system-view", "[gw1]"},
		{"undo nqa test-instance twinpath ec1", "[gw1]"},
		{"nqa test-instance twinpath ec1", "[gw1-nqa-twinpath-ec1]"},
		{"frequency 5", "[gw1-nqa-twinpath-ec1]"},
		{"undo start", "[gw1-nqa-twinpath-ec1]"},
		{"frequency 5", "[gw1-nqa-twinpath-ec1]"},
		{"30s", ""},
		{"display ip routing-table 192.168.0.0 255.255.0.0 verbose", "[gw1-nqa-twinpath-ec1]"},
		{"return", "<gw1>"},
		{"save", "[Y/N]:"},
		{"x", "[Y/N]:"},
		{"Y", "<gw1>"},
	}},
	{"confirmed", "juniper-junos", golden + "juniper-junos/gw1.running.cfg", true, []step{
		{"", "gw1> "},
		{"foo", "gw1> "},
		{"show route 192.168.0.0/16 exact extensive table inet.0 | match \"KRT in-kernel\"", "gw1> "},
		{"show system commit", "gw1> "},
		{"configure exclusive", "gw1# "},
		{"@2", "gw1> "},
		{"@2configure exclusive", "gw1> "},
		{"show | compare", "gw1# "},
		{"load set terminal", "input]\r\n"},
		{"set routing-options static route 1.0.0.0/8 qualified-next-hop 10.0.0.1 bfd-livenes minimum-interval 1000", "1000\r\n"},
		{"set interfaces ge-0/0/0 unit 0 description \"another one\"", "one\"\r\n"},
		{"^D", "gw1# "},
		{"show | compare", "gw1# "},
		{"commit check", "gw1# "},
		{"commit confirmed 2 comment \"tp-1\"", "gw1# "},
		{"run show system commit", "gw1# "},
		{"set interfaces ge-0/0/0 vlan-taging", "gw1# set interfaces ge-0/0/0 vlan-taging"},
		{"^U", "\b \b"},
		{"delete interfaces", "gw1# "},
		{"exit configuration-mode", "(yes) "},
		{"no", "gw1# "},
		{"rollback 0", "gw1# "},
		{"exit configuration-mode", "gw1> "},
		{"2m", "complete.\r\n\r\n"},
		{"show system commit", "gw1> "},
		{"@2configure", "gw1# "},
		{"@2delete routing-options static", "gw1# "},
		{"@2exit", "(yes) "},
		{"@2yes", "gw1> "},
		{"configure exclusive", "gw1> "},
	}},
	{"check-confirms", "juniper-srx", golden + "juniper-srx/gw1.running.cfg", true, []step{
		{"", "gw1> "},
		{"show version", "gw1> "},
		{"configure exclusive", "gw1# "},
		{"delete services rpm probe TWINPATH-ec1", "gw1# "},
		{"commit check", "gw1# "},
		{"rollback 0", "gw1# "},
		{"set system host-name gw9", "gw1# "},
		{"commit confirmed 5", "gw9# "},
		{"commit check", "gw9# "},
		{"run show system commit", "gw9# "},
		{"exit", "gw9> "},
	}},
}

func TestDialogues(t *testing.T) {
	for _, d := range dialogues {
		t.Run(d.name, func(t *testing.T) {
			g, clock := start(t, gateway.Options{OS: d.system, Fresh: d.fresh}, d.startup)
			people := map[byte]*client{'1': dial(t, g)}
			for _, s := range d.steps {
				play(t, g, clock, people, s)
			}
			got := strings.ReplaceAll(g.Dialogue(), "\b", "<BS>")
			got = strings.ReplaceAll(strings.ReplaceAll(got, "\x1b", "<ESC>"), "\r", "<CR>")
			file := filepath.Join("testdata", d.system+"-"+d.name+".txt")
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Equal(t, string(want), got)
		})
	}
}

// play carries out one step.
func play(t *testing.T, g *gateway.Gateway, clock *gateway.Manual, people map[byte]*client, s step) {
	t.Helper()
	who := byte('1')
	if rest, ok := strings.CutPrefix(s.line, "@"); ok {
		who, s.line = rest[0], rest[1:]
		if people[who] == nil {
			people[who] = dial(t, g)
		}
	}
	c := people[who]
	if d, err := time.ParseDuration(s.line); err == nil {
		clock.Advance(d)
		if s.end != "" {
			c.until(s.end)
		}
		return
	}
	switch s.line {
	case "^D":
		c.send("\x04")
	case "^U":
		c.send("\x15")
	case "q":
		c.send("q")
	case "":
		if c.typed {
			c.send("\r")
		}
	default:
		c.send(s.line + "\r")
	}
	c.typed = true
	c.until(s.end)
}
