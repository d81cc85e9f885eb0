package change_test

import (
	"sync"
	"testing"

	"github.com/twinpath/twinpath/internal/devicetest"
)

// router plays the vtysh of FRRouting 10.3 over SSH, from what the real one
// was seen to do: its modes and prompts, what it refuses and what it swallows,
// and how it prints its configuration back. It knows nothing of the planner.
type router struct {
	*devicetest.Server

	host string // name in the prompt

	mu sync.Mutex
	// The running configuration.
	routes     map[string]string // key: prefix, next hop, interface
	interfaces map[string]*port
	profiles   map[string][]string
	extra      []string // lines that nothing here understands
	saved      string   // the startup configuration
	// up are the next hops that answer; others are not installed.
	up    map[string]bool
	lines int // lines of configuration so far
	fault fault
}

type port struct {
	description string
	addresses   []string
}

// fault is what goes wrong at a line of configuration, counted from 1.
type fault struct {
	line int
	kind string // refuse, secret, drop-before, drop-after, hang, swallow
	// closed keeps new connections out once the fault has struck.
	closed bool
}

func newRouter(t *testing.T) *router {
	t.Helper()
	r := &router{
		host:   "gw",
		routes: map[string]string{}, interfaces: map[string]*port{}, profiles: map[string][]string{},
		up: map[string]bool{"10.0.0.1": true, "10.0.0.5": true, "10.0.0.9": true},
	}
	r.Server = devicetest.Start(t, func() devicetest.CLI { return &terminal{r: r} })
	return r
}

// Greeting is what the real one prints.
func (s *terminal) Greeting() string {
	return "\nHello, this is FRRouting (version 10.3).\nCopyright 1996-2005 Kunihiro Ishiguro, et al.\n\n"
}

// Prompt is the host name with the mode.
func (s *terminal) Prompt() string {
	if s.mode() == "" {
		return s.r.host + "# "
	}
	return s.r.host + "(" + s.mode() + ")# "
}

// Do carries out a line, or what goes wrong at it.
func (s *terminal) Do(text string) devicetest.Reply {
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	if text == "exit" && s.mode() == "" {
		return devicetest.Reply{Then: devicetest.Logout}
	}
	switch s.r.strikes(s, text) {
	case "drop-before":
		return devicetest.Reply{Then: devicetest.Drop}
	case "drop-after":
		s.do(text)
		return devicetest.Reply{Then: devicetest.Drop}
	case "hang":
		return devicetest.Reply{Then: devicetest.Hang}
	case "refuse":
		return devicetest.Reply{Text: "% Unknown command: " + text + "\n"}
	case "secret":
		return devicetest.Reply{Text: "operator typed: password hunter2\n"}
	case "swallow":
		return devicetest.Reply{}
	}
	return devicetest.Reply{Text: s.do(text)}
}

// strikes counts a line of configuration and returns the fault that is due.
func (r *router) strikes(s *terminal, text string) string {
	if s.mode() == "" || text == "" || text == "end" {
		return ""
	}
	r.lines++
	if r.lines != r.fault.line {
		return ""
	}
	if r.fault.closed {
		r.Shut()
	}
	return r.fault.kind
}

// config returns the running configuration.
func (r *router) config() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.running()
}

// set changes the router while nobody talks to it.
func (r *router) set(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
}
