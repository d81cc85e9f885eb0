package gateway_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"

	"github.com/twinpath/twinpath/internal/gateway"
)

func fault(t *testing.T, text string) gateway.Fault {
	t.Helper()
	f, err := gateway.ParseFault(text)
	require.NoError(t, err)
	return f
}

// configured logs in to a gateway with an immediate command line and goes to
// its configuration mode.
func configured(t *testing.T, faults ...string) (*gateway.Gateway, *client) {
	t.Helper()
	o := gateway.Options{OS: "frr"}
	for _, f := range faults {
		o.Faults = append(o.Faults, fault(t, f))
	}
	g, _ := start(t, o, "../../golden/lab/frr/gw1.running.cfg")
	c := dial(t, g)
	c.until("gw1# ")
	c.enter("configure terminal", "gw1(config)# ")
	return g, c
}

const (
	routeA = "ip route 1.0.0.0/8 10.0.0.1 c1"
	routeB = "ip route 2.0.0.0/8 10.0.0.1 c1"
)

func TestFaultsAtALine(t *testing.T) {
	t.Run("refuse", func(t *testing.T) {
		g, c := configured(t, "refuse@line:2")
		c.enter(routeA, "gw1(config)# ")
		assert.Contains(t, c.enter(routeB, "gw1(config)# "), "% Unknown command")
		assert.Contains(t, g.Running(), routeA)
		assert.NotContains(t, g.Running(), routeB)
	})
	t.Run("drop", func(t *testing.T) {
		g, c := configured(t, "drop@line:2")
		c.enter(routeA, "gw1(config)# ")
		c.send(routeB + "\r")
		c.gone()
		assert.Contains(t, g.Running(), routeA)
		assert.NotContains(t, g.Running(), routeB, "the line must not take effect")
	})
	t.Run("drop-after", func(t *testing.T) {
		g, c := configured(t, "drop-after@line:2")
		c.enter(routeA, "gw1(config)# ")
		c.send(routeB + "\r")
		assert.NotContains(t, c.gone(), "gw1(config)# ", "no prompt follows the line")
		assert.Contains(t, g.Running(), routeB, "the line must take effect")
	})
	t.Run("hang", func(t *testing.T) {
		g, c := configured(t, "hang@line:1")
		c.send(routeA + "\r")
		c.until(routeA + "\r\n")
		c.send("\r\r\r")
		time.Sleep(50 * time.Millisecond)
		assert.NotContains(t, g.Running(), routeA)
		c.mu.Lock()
		defer c.mu.Unlock()
		assert.Empty(t, c.got.String(), "a gateway that hangs says nothing")
	})
	t.Run("reboot", func(t *testing.T) {
		g, c := configured(t, "reboot@line:2")
		c.enter(routeA, "gw1(config)# ")
		c.send(routeB + "\r")
		c.gone()
		assert.Equal(t, g.Startup(), g.Running(), "what was not saved is gone")
		assert.NotContains(t, g.Running(), routeA)
		dial(t, g).until("gw1# ")
	})
	t.Run("edit", func(t *testing.T) {
		g, c := configured(t, "edit@line:2=interface c1;description changed meanwhile")
		c.enter("interface c2", "gw1(config-if)# ")
		c.enter("description mine", "gw1(config-if)# ")
		assert.Contains(t, g.Running(), "interface c2\n description mine", "who edits stays where they are")
		c.enter(routeA, "gw1(config)# ")
		assert.Contains(t, g.Running(), " description changed meanwhile")
		assert.Contains(t, g.Running(), routeA)
	})
	t.Run("late", func(t *testing.T) {
		_, c := configured(t, "late@line:1")
		reply := c.enter("ip route nonsense", "% Unknown command: ip route nonsense\r\ngw1(config)# ")
		assert.Less(t, strings.Index(reply, "gw1(config)# "), strings.Index(reply, "% Unknown"), "the prompt comes before the refusal")
	})
	t.Run("ask", func(t *testing.T) {
		g, c := configured(t, "ask@any:2")
		c.send(routeA + "\r")
		c.until("[yes/no]: ")
		c.send("yes\r")
		require.NoError(t, g.Close())
		assert.NotContains(t, g.Running(), routeA, "what it asked about is not done")
	})
	t.Run("pager", func(t *testing.T) {
		g, _ := start(t, gateway.Options{OS: "cisco-iosxe", Fresh: true, Faults: []gateway.Fault{fault(t, "pager@any:2")}}, "")
		c := dial(t, g)
		c.until("gw1#")
		c.enter("terminal length 0", "gw1#")
		c.send("show running-config\r")
		c.until(" --More-- ")
		c.send("q")
		c.until("gw1#")
		assert.NotContains(t, c.enter("show running-config", "gw1#"), "--More--", "it happens once")
	})
	t.Run("shut", func(t *testing.T) {
		o := gateway.Options{OS: "frr", Faults: []gateway.Fault{{Kind: "drop", At: "enter", Shut: true}}}
		g, _ := start(t, o, "")
		c := dial(t, g)
		c.until("gw1# ")
		c.send("configure terminal\r")
		c.gone()
		_, err := login(g, ssh.PublicKeys(g.UserKey))
		require.Error(t, err, "nobody gets in any more")
	})
}

func login(g *gateway.Gateway, auth ...ssh.AuthMethod) (*ssh.Client, error) {
	return ssh.Dial("tcp", g.Addr.String(), &ssh.ClientConfig{
		User: "netops", Auth: auth, HostKeyCallback: ssh.FixedHostKey(g.HostKey.PublicKey()), Timeout: 5 * time.Second,
	})
}

func TestFaultsOfTheConnection(t *testing.T) {
	start := func(faults ...gateway.Fault) *gateway.Gateway {
		g, _ := start(t, gateway.Options{OS: "frr", Password: "a-password", Faults: faults}, "")
		return g
	}
	_, err := login(start(), ssh.Password("a-password"))
	require.NoError(t, err)
	_, err = login(start(), ssh.Password("another"))
	require.ErrorContains(t, err, "unable to authenticate")
	_, err = login(start(gateway.Fault{Kind: "no-login"}), ssh.Password("a-password"))
	require.ErrorContains(t, err, "unable to authenticate")
	g := start(gateway.Fault{Kind: "wrong-key"})
	_, err = login(g, ssh.PublicKeys(g.UserKey))
	require.ErrorContains(t, err, "host key mismatch")
}

func TestSlowOutputIsTheSame(t *testing.T) {
	fast, c := configured(t)
	want := c.enter("do show running-config", "gw1(config)# ")
	_, c = configured(t, "slow=1,10us")
	assert.Equal(t, want, c.enter("do show running-config", "gw1(config)# "))
	assert.Contains(t, want, "ip route 192.168.0.0/16 10.0.0.1 c1")
	require.NoError(t, fast.Close())
}

func TestLogLinesFallIntoTheOutput(t *testing.T) {
	_, c := configured(t, "log")
	reply := c.enter("do show running-config", "gw1(config)# ")
	at := strings.Index(reply, "a message of a daemon")
	assert.Positive(t, at)
	assert.Less(t, at, strings.Index(reply, "\nend\n"), "it stands in the middle")
}

func TestDiskFull(t *testing.T) {
	for system, typed := range map[string][][2]string{
		"frr":           {{"", "gw1# "}, {"write memory", "gw1# "}},
		"cisco-iosxe":   {{"", "gw1#"}, {"write memory", "gw1#"}},
		"huawei-vrp8":   {{"", "<gw1>"}, {"save", "[Y/N]:"}, {"y", "<gw1>"}},
		"huawei-vrp5":   {{"", "<gw1>"}, {"save", "[Y/N]:"}, {"y", "<gw1>"}},
		"juniper-junos": {{"", "> "}, {"configure", "# "}, {"set system host-name gw2", "# "}, {"commit", "# "}},
		"juniper-srx":   {{"", "> "}, {"configure", "# "}, {"set system host-name gw2", "# "}, {"commit", "# "}},
	} {
		t.Run(system, func(t *testing.T) {
			g, _ := start(t, gateway.Options{OS: system, Fresh: true, Faults: []gateway.Fault{{Kind: "disk-full"}}}, "")
			if system == "frr" || system[0] == 'c' || system[0] == 'h' {
				require.NoError(t, g.Type(map[byte]string{'f': routeA, 'c': "ip route 1.0.0.0 255.0.0.0 10.0.0.1", 'h': "ip route-static 1.0.0.0 255.0.0.0 10.0.0.1"}[system[0]]))
			}
			before := g.Startup()
			c := dial(t, g)
			reply := ""
			for i, s := range typed {
				if i > 0 {
					c.send(s[0] + "\r")
				}
				reply = c.until(s[1])
			}
			assert.Contains(t, strings.ToLower(reply), "space")
			assert.Equal(t, before, g.Startup(), "nothing is written")
		})
	}
}

func TestParseFault(t *testing.T) {
	for text, say := range map[string]string{
		"explode":       "there is no fault",
		"refuse":        "happens at one of",
		"refuse@lunch":  "happens at one of",
		"refuse@line:0": "no number of a line",
		"edit@line:1":   "what the second administrator types",
		"skew=soon":     "skew is a time",
		"down":          "names a circuit",
		"log@line":      "holds from the beginning",
	} {
		_, err := gateway.ParseFault(text)
		require.ErrorContains(t, err, say, text)
	}
	f := fault(t, "edit@commit:2=a b;c")
	assert.Equal(t, gateway.Fault{Kind: "edit", At: "commit", N: 2, Lines: []string{"a b", "c"}, Value: "a b;c"}, f)
}

// TestCommitIsLostOrNot: a connection that ends before or after a commit looks
// the same to the one who typed it, and leaves different gateways.
func TestCommitIsLostOrNot(t *testing.T) {
	for _, system := range []string{"huawei-vrp8", "juniper-junos"} {
		for _, kind := range []string{"drop", "drop-after", "reboot", "hang"} {
			t.Run(fmt.Sprintf("%s %s", system, kind), func(t *testing.T) {
				g, clock := start(t, gateway.Options{OS: system, Fresh: true, Faults: []gateway.Fault{{Kind: kind, At: "commit"}}}, "")
				c := dial(t, g)
				lines := [][2]string{{"", "<gw1>"}, {"system-view", "[~gw1]"}, {"sysname gw2", "[*gw1]"}}
				commit := "commit trial 60"
				if system != "huawei-vrp8" {
					lines = [][2]string{{"", "> "}, {"configure exclusive", "# "}, {"set system host-name gw2", "# "}}
					commit = "commit confirmed 1"
				}
				for i, l := range lines {
					if i > 0 {
						c.send(l[0] + "\r")
					}
					c.until(l[1])
				}
				c.send(commit + "\r")
				if kind == "hang" {
					c.until(commit + "\r\n")
				} else {
					c.gone()
				}
				_, pending := g.PendingRevert()
				assert.Equal(t, kind == "drop-after", pending)
				assert.Equal(t, kind == "drop-after" || kind == "reboot" && system != "huawei-vrp8", strings.Contains(g.Running(), "gw2"))
				clock.Advance(61 * time.Second)
				if kind == "drop-after" {
					assert.NotContains(t, g.Running(), "gw2", "the timer takes it back without anybody")
				}
			})
		}
	}
}
