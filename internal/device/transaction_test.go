package device_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/device"
	simulated "github.com/twinpath/twinpath/internal/gateway"
	"github.com/twinpath/twinpath/internal/vendor"
)

// hand carries a transaction's acts out as a person would who reads the
// profile: it holds the profile against the played gateway, which was written
// apart from it.
type hand struct {
	*testing.T

	s     *device.Session
	rules *vendor.SessionRules
}

// parts are what is filled into acts.
var parts = map[string]string{"minutes": "5", "seconds": "300", "id": "tp-1", "username": "netops"}

func (h hand) do(acts []vendor.Act) {
	h.Helper()
	for _, a := range acts {
		line := vendor.Fill(a.Type, parts)
		reply, err := h.s.Act(h.Context(), line)
		if a.Optional {
			continue
		}
		require.NoError(h, err, a.Say)
		for _, re := range a.Expect {
			assert.True(h, has(reply, re), "%q: %s\nwants %s, got %q", line, a.Say, re, reply)
		}
		for _, re := range a.Refuse {
			assert.False(h, has(reply, re), "%q: %s\nrefuses %s, got %q", line, a.Say, re, reply)
		}
		assert.False(h, a.Empty && reply != "" || a.Some && reply == "", "%q: %q", line, reply)
		if a.Mode != "" {
			assert.Equal(h, a.Mode, h.s.Mode(), line)
		}
	}
}

func has(reply string, re *regexp.Regexp) bool {
	re = regexp.MustCompile(vendor.Fill(re.String(), parts))
	for l := range strings.Lines(reply) {
		if re.MatchString(strings.TrimSpace(l)) {
			return true
		}
	}
	return false
}

// lines types lines or hands them over.
func (h hand) lines(lines []string) {
	h.Helper()
	if l := h.rules.Change.Load; l != nil {
		reply, err := h.s.Load(h.Context(), l.Begin, l.Ready, lines)
		require.NoError(h, err)
		assert.True(h, has(reply, l.Done), reply)
		return
	}
	for _, line := range lines {
		require.NoError(h, h.s.Line(h.Context(), line))
	}
}

// described changes one description of a system.
var described = map[string][]string{
	"cisco-iosxe":   {"interface GigabitEthernet0/0/0", "description by hand"},
	"frr":           {"interface c1", "description by hand"},
	"huawei-vrp5":   {"interface GigabitEthernet0/0/1", "description by-hand"},
	"huawei-vrp8":   {"interface 10GE1/0/1", "description by-hand"},
	"juniper-junos": {`set interfaces ge-0/0/0 description "by hand"`},
	"juniper-srx":   {`set interfaces ge-0/0/0 description "by hand"`},
}

// begun opens a session, makes the change up to its commit, and returns what
// it takes to go on.
func begun(t *testing.T, system string) (*simulated.Gateway, hand, func() hand) {
	t.Helper()
	g, as := played(t, system)
	target := as(system)
	open := func() hand { return hand{t, opened(t, target), target.Rules} }
	h := open()
	c := h.rules.Change
	h.do(c.Ready)
	if c.Timer != nil && c.Timer.Pending != nil {
		h.do([]vendor.Act{*c.Timer.Pending})
	}
	h.do(c.Enter)
	h.lines(described[system])
	return g, h, open
}

// TestTransactionIsConfirmedAndSaved as each profile declares it.
func TestTransactionIsConfirmedAndSaved(t *testing.T) {
	t.Parallel()
	for _, system := range systems {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			g, h, open := begun(t, system)
			c := h.rules.Change
			h.do(c.Review)
			h.do(c.Commit)
			assert.Contains(t, g.Running(), "hand")
			if c.Timer == nil {
				h.do(c.Leave)
			} else {
				_, pending := g.PendingRevert()
				assert.True(t, pending, "the gateway would take it back by itself")
				if !c.Timer.Held {
					h.do(c.Leave)
					h = open()
				}
				h.do(c.Confirm)
				if c.Timer.Held {
					h.do(c.Leave)
				}
			}
			_, pending := g.PendingRevert()
			assert.False(t, pending)
			h.do(c.Save)
			if c.Timer != nil && c.Timer.Pending != nil {
				h.do([]vendor.Act{*c.Timer.Pending})
			}
			assert.Contains(t, g.Running(), "hand")
			assert.Contains(t, g.Startup(), "hand")
		})
	}
}

// TestTransactionIsTakenBack before the commit, and after it.
func TestTransactionIsTakenBack(t *testing.T) {
	t.Parallel()
	for _, system := range systems {
		for _, committed := range []bool{false, true} {
			t.Run(fmt.Sprint(system, " committed ", committed), func(t *testing.T) {
				t.Parallel()
				g, h, open := begun(t, system)
				c := h.rules.Change
				switch {
				case c.Timer == nil:
					return // Its way back is a part of the plan.
				case c.Timer.AtEnter:
					h.do(c.Leave)
					if committed {
						h = open()
					}
					h.do(c.Abort)
				case committed:
					h.do(c.Review)
					h.do(c.Commit)
					h.do(c.Abort)
					h.do(c.Leave)
				default:
					h.do(c.Discard)
					h.do(c.Leave)
				}
				_, pending := g.PendingRevert()
				assert.False(t, pending)
				assert.NotContains(t, g.Running(), "hand")
				assert.Equal(t, "exec", h.s.Mode())
			})
		}
	}
}

// TestPendingTimerIsSeen by another connection, which refuses to begin.
func TestPendingTimerIsSeen(t *testing.T) {
	t.Parallel()
	for _, system := range systems {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			_, h, open := begun(t, system)
			c := h.rules.Change
			if c.Timer == nil || c.Timer.Pending == nil {
				return // It has none that could be seen.
			}
			h.do(c.Commit)
			other := open()
			reply, err := other.s.Act(t.Context(), c.Timer.Pending.Type)
			require.NoError(t, err)
			seen := false
			for _, re := range c.Timer.Pending.Expect {
				seen = seen || !has(reply, re)
			}
			for _, re := range c.Timer.Pending.Refuse {
				seen = seen || has(reply, re)
			}
			assert.True(t, seen, reply)
		})
	}
}
