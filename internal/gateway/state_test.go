package gateway_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/gateway"
	"github.com/twinpath/twinpath/internal/show"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/vendors"
)

const vpc = "192.168.0.0/16"

// tracked are the systems with the configuration of the example scenario, and
// how long a dead circuit may forward at most, and a good one may be without.
var tracked = []struct {
	system, startup string
	leave, enter    time.Duration
	// looks reads what forwards, and whether the probe is up.
	prompt, off   string
	forward, look string
	parser        string
	up            map[string]string
}{
	{
		"frr", "../../golden/lab/frr/gw1.running.cfg", time.Second, time.Second, "gw1# ", "",
		"show ip route " + vpc, "show bfd peer 10.0.0.5 interface c2", "bfd",
		map[string]string{"peer": "10.0.0.5", "state": "up"},
	},
	{
		"cisco-iosxe", golden + "cisco-iosxe/gw1.running.cfg", 7 * time.Second, 13 * time.Second, "gw1#", "terminal length 0",
		"show ip cef 192.168.0.0 255.255.0.0", "show track 2", "track",
		map[string]string{"track": "2", "state": "up"},
	},
	{
		"huawei-vrp5", golden + "huawei-vrp5/gw1.running.cfg", 15 * time.Second, 6 * time.Second, "<gw1>", "screen-length 0 temporary",
		"display ip routing-table 192.168.0.0 255.255.0.0 verbose", "display nqa results test-instance twinpath ec2", "probe",
		map[string]string{"name": "ec2", "state": "up"},
	},
	{
		"huawei-vrp8", golden + "huawei-vrp8/gw1.running.cfg", 13 * time.Second, 6 * time.Second, "<gw1>", "screen-length 0 temporary",
		"display ip routing-table 192.168.0.0 255.255.0.0 verbose", "display nqa results test-instance twinpath ec2", "probe",
		map[string]string{"name": "ec2", "state": "up"},
	},
	{
		"juniper-junos", golden + "juniper-junos/gw1.running.cfg", 7 * time.Second, 6 * time.Second, "netops@gw1> ", "set cli screen-length 0",
		"show route " + vpc + ` exact extensive table inet.0 | match "KRT in-kernel"`, "show services rpm probe-results owner TWINPATH test ec2", "probe",
		map[string]string{"test": "ec2", "state": "up"},
	},
	{
		"juniper-srx", golden + "juniper-srx/gw1.running.cfg", 8 * time.Second, 7 * time.Second, "netops@gw1> ", "set cli screen-length 0",
		"show route " + vpc + ` exact extensive table inet.0 | match "KRT in-kernel"`, "show services rpm probe-results owner TWINPATH-ec2 test ec2", "probe",
		map[string]string{"test": "ec2", "state": "up"},
	},
}

// TestDeadCircuitLeavesTheForwardingTable: with time, and what the parsers of the
// checks read out of the replies is the same as what the gateway does.
func TestDeadCircuitLeavesTheForwardingTable(t *testing.T) {
	reg, err := vendor.NewRegistry(vendors.FS)
	require.NoError(t, err)
	for _, s := range tracked {
		t.Run(s.system, func(t *testing.T) {
			parsers, err := show.Load(reg, s.system)
			require.NoError(t, err)
			g, clock := start(t, gateway.Options{OS: s.system, Circuits: map[string][]string{"ec2": {"10.0.0.5"}}}, s.startup)
			c := dial(t, g)
			c.until(s.prompt)
			if s.off != "" {
				c.enter(s.off, s.prompt)
			}
			look := func(up bool) {
				t.Helper()
				hops := []string{"10.0.0.1"}
				if up {
					hops = append(hops, "10.0.0.5")
				}
				assert.Equal(t, hops, g.Forwarding(vpc))
				assert.Equal(t, hops, c.forwards(s.forward, s.prompt, parsers["next-hop"]))
				assert.Equal(t, up, c.holds(s.look, s.prompt, parsers[s.parser], s.up), s.look)
			}
			look(true)
			g.SetCircuit("ec2", false)
			assert.Equal(t, []string{"10.0.0.1", "10.0.0.5"}, g.Forwarding(vpc), "nobody has noticed yet")
			clock.Advance(s.leave)
			look(false)
			g.SetCircuit("ec2", true)
			assert.Equal(t, []string{"10.0.0.1"}, g.Forwarding(vpc), "it must be good for a while")
			clock.Advance(s.enter)
			look(true)
		})
	}
}

// reply types a line and returns what comes back, without the echo and the
// prompt.
func (c *client) reply(line, prompt string) string {
	c.t.Helper()
	text := c.enter(line, prompt)
	return text[len(line)+1 : len(text)-len(prompt)]
}

// forwards returns the next hops that a parser reads out of a reply.
func (c *client) forwards(line, prompt string, p *show.Parser) []string {
	c.t.Helper()
	records, err := p.Parse(c.reply(line, prompt))
	require.NoError(c.t, err)
	var out []string
	for _, r := range records {
		if r["state"] == "forwards" && r["prefix"] == vpc {
			out = append(out, r["hop"])
		}
	}
	return out
}

// holds reports whether a parser reads a record with some values out of a reply.
func (c *client) holds(line, prompt string, p *show.Parser, want map[string]string) bool {
	c.t.Helper()
	records, err := p.Parse(c.reply(line, prompt))
	require.NoError(c.t, err)
	for _, r := range records {
		fits := true
		for k, v := range want {
			fits = fits && r[k] == v
		}
		if fits {
			return true
		}
	}
	return false
}

// TestUntrackedRouteForwardsIntoTheVoid: nothing on the gateway knows that the
// circuit is dead.
func TestUntrackedRouteForwardsIntoTheVoid(t *testing.T) {
	g, clock := start(t, gateway.Options{OS: "cisco-iosxe"}, "../../golden/untracked/cisco-iosxe/gw1.running.cfg")
	g.SetCircuit("10.0.0.5", false)
	clock.Advance(time.Hour)
	assert.Equal(t, []string{"10.0.0.1", "10.0.0.5"}, g.Forwarding(vpc))
	c := dial(t, g)
	c.until("gw1#")
	assert.Contains(t, c.enter("ping 10.0.0.5", "gw1#"), "Success rate is 0 percent (0/5)")
	assert.Contains(t, c.enter("ping 10.0.0.1", "gw1#"), "Success rate is 100 percent (5/5)")
}

// TestProbeComesUpWithTime: what a line of configuration starts is not up at once.
func TestProbeComesUpWithTime(t *testing.T) {
	g, clock := start(t, gateway.Options{OS: "cisco-iosxe", Fresh: true}, "")
	require.NoError(t, g.Type(
		"interface GigabitEthernet0/0/0", "ip address 10.0.0.2 255.255.255.252", "exit",
		"ip sla 1", "icmp-echo 10.0.0.1 source-ip 10.0.0.2", "threshold 1000", "timeout 1000", "frequency 10", "exit",
		"ip sla schedule 1 life forever start-time now",
		"track 1 ip sla 1 reachability", "delay up 20", "exit",
		"ip route 192.168.0.0 255.255.0.0 GigabitEthernet0/0/0 10.0.0.1 track 1",
	))
	assert.Empty(t, g.Forwarding(vpc))
	clock.Advance(30 * time.Second)
	assert.Empty(t, g.Forwarding(vpc), "11 s to the first result, then the delay")
	clock.Advance(2 * time.Second)
	assert.Equal(t, []string{"10.0.0.1"}, g.Forwarding(vpc))
	require.NoError(t, g.Type("no ip sla 1"))
	assert.Empty(t, g.Forwarding(vpc), "no delay down: the track falls with its operation")
}

func TestPager(t *testing.T) {
	g, _ := start(t, gateway.Options{OS: "cisco-iosxe", Fresh: true}, golden+"cisco-iosxe/gw1.running.cfg")
	c := dial(t, g)
	c.until("gw1#")
	whole := ""
	c.send("show running-config\r")
	whole += c.until(" --More-- ")
	c.send("\r")
	one := c.until(" --More-- ")
	assert.Equal(t, 1, countLines(one), "return shows one line")
	c.send(" ")
	assert.Equal(t, 23, countLines(c.until(" --More-- ")), "space shows a screen")
	c.send("f")
	c.until("gw1#")
	assert.Contains(t, c.enter("oo", "gw1#"), "Invalid input", "any other key ends it, and is no part of the next line")
	assert.Contains(t, whole, "Building configuration")
	c.enter("terminal length 0", "gw1#")
	assert.NotContains(t, c.enter("show running-config", "gw1#"), "--More--")
}

func countLines(s string) int {
	n := 0
	for _, r := range s {
		if r == '\n' {
			n++
		}
	}
	return n
}

// TestClockSkew: the gateway believes another time; its timers run all the same.
func TestClockSkew(t *testing.T) {
	g, clock := start(t, gateway.Options{OS: "cisco-iosxe", Fresh: true, Faults: []gateway.Fault{fault(t, "skew=-2h")}}, "")
	c := dial(t, g)
	c.until("gw1#")
	assert.Contains(t, c.enter("show clock", "gw1#"), "20:00:00")
	c.enter("configure terminal revert timer 1", "gw1(config)#")
	at, pending := g.PendingRevert()
	assert.True(t, pending)
	assert.Equal(t, clock.Now().Add(time.Minute), at)
}

// TestRebootForgetsTheTimer and what was not saved.
func TestRebootForgetsTheTimer(t *testing.T) {
	g, clock := start(t, gateway.Options{OS: "cisco-iosxe", Fresh: true}, "")
	c := dial(t, g)
	c.until("gw1#")
	c.enter("configure terminal revert timer 1", "gw1(config)#")
	c.enter("ip route 1.0.0.0 255.0.0.0 10.0.0.1", "gw1(config)#")
	g.Reboot()
	c.gone()
	assert.Equal(t, g.Startup(), g.Running())
	_, pending := g.PendingRevert()
	assert.False(t, pending)
	clock.Advance(time.Hour)
	assert.Equal(t, g.Startup(), g.Running())
}

// TestExclusiveEndsWithTheSession: the candidate and the lock go, a confirmed
// commit that is pending stays.
func TestExclusiveEndsWithTheSession(t *testing.T) {
	g, clock := start(t, gateway.Options{OS: "juniper-junos", Fresh: true}, "")
	c := dial(t, g)
	c.until("gw1> ")
	c.enter("configure exclusive", "gw1# ")
	c.enter("set system host-name gw2", "gw1# ")
	c.enter("commit confirmed 5", "gw2# ")
	c.enter("set system host-name gw3", "gw2# ")
	require.ErrorContains(t, g.Type("set system host-name gw4"), "locked")
	require.NoError(t, c.conn.Close())
	require.Eventually(t, func() bool { return g.Candidate() == g.Running() }, 5*time.Second, time.Millisecond)
	d := dial(t, g)
	d.until("gw2> ")
	d.enter("configure exclusive", "gw2# ")
	assert.NotContains(t, d.enter("show | compare", "gw2# "), "gw3")
	clock.Advance(5 * time.Minute)
	assert.Contains(t, g.Running(), "gw1", "nobody confirmed")
}

// TestTrialEndsWithItsTime, though nobody can confirm it any more.
func TestTrialEndsWithItsTime(t *testing.T) {
	g, clock := start(t, gateway.Options{OS: "huawei-vrp8", Fresh: true}, "")
	c := dial(t, g)
	c.until("<gw1>")
	c.enter("system-view", "[~gw1]")
	c.enter("sysname gw2", "[*gw1]")
	c.enter("commit trial 60", "[~gw2]")
	require.NoError(t, c.conn.Close())
	d := dial(t, g)
	d.until("<gw2>")
	d.enter("system-view", "[~gw2]")
	assert.Contains(t, d.enter("commit", "[~gw2]"), "Error: The system is in trial configuration mode.")
	clock.Advance(59 * time.Second)
	assert.Contains(t, g.Running(), "gw2")
	clock.Advance(time.Second)
	assert.Contains(t, g.Running(), "gw1")
}

// TestFilterOfAPort: a list that drops all that comes in fails the probes of the
// port, which stays up; one that is not there, that permits something first, or
// that judges only what goes out fails nothing.
func TestFilterOfAPort(t *testing.T) {
	both := []string{"10.0.0.1", "10.0.0.5"}
	for _, c := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"dropped", []string{"ip access-list extended X", "deny ip any any", "interface GigabitEthernet0/0/0", "ip access-group X in"}, both[1:]},
		{"no such list", []string{"interface GigabitEthernet0/0/0", "ip access-group X in"}, both},
		{"outbound", []string{"ip access-list extended X", "deny ip any any", "interface GigabitEthernet0/0/0", "ip access-group X out"}, both},
		{"permits", []string{"ip access-list extended X", "permit icmp any any", "deny ip any any", "interface GigabitEthernet0/0/0", "ip access-group X in"}, both},
		{"the other family", []string{"ipv6 access-list X", "deny ipv6 any any", "interface GigabitEthernet0/0/0", "ipv6 traffic-filter X in"}, both},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, clock := start(t, gateway.Options{OS: "cisco-iosxe"}, "../../golden/shanghai/cisco-iosxe/gw1.running.cfg")
			require.Equal(t, both, g.Forwarding(vpc))
			require.NoError(t, g.Type(c.lines...))
			clock.Advance(5 * time.Minute)
			assert.Equal(t, c.want, g.Forwarding(vpc))
		})
	}
}
