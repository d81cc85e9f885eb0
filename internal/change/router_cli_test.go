package change_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// terminal is the state of one connection.
type terminal struct {
	r     *router
	stack []string // modes: config, config-if, config-bfd, config-bfd-profile
	name  string   // interface or profile
}

func (s *terminal) mode() string {
	if len(s.stack) == 0 {
		return ""
	}
	return s.stack[len(s.stack)-1]
}

func (s *terminal) enter(mode string) string {
	s.stack = append(s.stack, mode)
	return ""
}

var (
	routeLine   = regexp.MustCompile(`^ip route (\S+/\d+) (\S+)(?: (c\d|dc0))?( .*)?$`)
	addressLine = regexp.MustCompile(`^ip address (\S+/\d+)$`)
	timerLine   = regexp.MustCompile(`^(detect-multiplier|transmit-interval|receive-interval) (\d+)$`)
)

// do carries out one line and returns the reply.
func (s *terminal) do(text string) string {
	switch text {
	case "":
		return ""
	case "exit":
		s.stack = s.stack[:len(s.stack)-1]
		return ""
	case "end":
		s.stack = nil
		return ""
	}
	reply := ""
	var ok bool
	switch s.mode() {
	case "":
		reply, ok = s.exec(text)
	case "config":
		reply, ok = s.config(text)
	case "config-if":
		ok = s.inInterface(text)
	case "config-bfd":
		reply, ok = s.inBFD(text)
	case "config-bfd-profile":
		ok = s.inProfile(text)
	}
	if !ok && len(s.stack) > 1 {
		// A line that a sub-mode does not know is tried in the mode above it.
		above := *s
		above.stack = []string{"config"}
		if reply, ok = above.config(text); ok {
			s.stack = above.stack
		}
	}
	if !ok {
		return "% Unknown command: " + text + "\n"
	}
	return reply
}

func (s *terminal) exec(text string) (string, bool) {
	switch {
	case text == "configure terminal":
		return s.enter("config"), true
	case text == "show running-config":
		return s.r.running(), true
	case text == "write memory":
		s.r.saved = s.r.running()
		return "Note: this version of vtysh never writes vtysh.conf\nBuilding Configuration...\nIntegrated configuration saved to /etc/frr/frr.conf\n[OK]\n", true
	case strings.HasPrefix(text, "show bfd peer "):
		return s.r.bfd(strings.Fields(text)[3]), true
	case strings.HasPrefix(text, "show ip route "):
		return s.r.show(strings.TrimPrefix(text, "show ip route ")), true
	}
	return "", false
}

func (s *terminal) config(text string) (string, bool) {
	r := s.r
	if name, ok := strings.CutPrefix(text, "interface "); ok {
		if r.interfaces[name] == nil {
			r.interfaces[name] = &port{}
		}
		s.name = name
		return s.enter("config-if"), true
	}
	if text == "bfd" {
		return s.enter("config-bfd"), true
	}
	no := strings.HasPrefix(text, "no ")
	m := routeLine.FindStringSubmatch(strings.TrimPrefix(text, "no "))
	if m == nil {
		return "", false
	}
	key := m[1] + " " + m[2] + " " + m[3]
	if !no {
		r.routes[key] = text // The same way again replaces its options.
		return "", true
	}
	if r.routes[key] == "" {
		return "% Refusing to remove a non-existent route\n", true
	}
	delete(r.routes, key)
	return "", true
}

func (s *terminal) inInterface(text string) bool {
	p := s.r.interfaces[s.name]
	if d, ok := strings.CutPrefix(text, "description "); ok {
		p.description = d
		return true
	}
	switch text {
	case "no description":
		p.description = ""
		return true
	case "no shutdown", "shutdown":
		return true
	}
	m := addressLine.FindStringSubmatch(strings.TrimPrefix(text, "no "))
	if m == nil {
		return false
	}
	p.addresses = slices.DeleteFunc(p.addresses, func(a string) bool { return a == m[1] })
	if !strings.HasPrefix(text, "no ") {
		p.addresses = append(p.addresses, m[1])
	}
	return true
}

func (s *terminal) inBFD(text string) (string, bool) {
	if name, ok := strings.CutPrefix(text, "profile "); ok {
		if _, have := s.r.profiles[name]; !have {
			s.r.profiles[name] = nil
		}
		s.name = name
		return s.enter("config-bfd-profile"), true
	}
	if name, ok := strings.CutPrefix(text, "no profile "); ok {
		delete(s.r.profiles, name) // Also one that is in use.
		return "", true
	}
	return "", false
}

func (s *terminal) inProfile(text string) bool {
	word, _, _ := strings.Cut(strings.TrimPrefix(text, "no "), " ")
	if timerLine.FindString(text) == "" && !strings.HasPrefix(text, "no ") {
		return false
	}
	list := slices.DeleteFunc(s.r.profiles[s.name], func(l string) bool { return strings.HasPrefix(l, word+" ") })
	if !strings.HasPrefix(text, "no ") && text != "detect-multiplier 3" && !strings.HasSuffix(text, "-interval 300") {
		list = append(list, text) // Defaults are not printed.
	}
	s.r.profiles[s.name] = list
	return true
}

// running prints the configuration as the real one does.
func (r *router) running() string {
	var b strings.Builder
	b.WriteString("Building configuration...\n\nCurrent configuration:\n!\nfrr version 10.3\nfrr defaults traditional\nhostname gw\nno service integrated-vtysh-config\n!\n")
	for _, l := range r.extra {
		b.WriteString(l + "\n")
	}
	for _, k := range sortedKeys(r.routes) {
		b.WriteString(r.routes[k] + "\n")
	}
	b.WriteString("!\n")
	for _, name := range sortedKeys(r.interfaces) {
		p := r.interfaces[name]
		if p.description == "" && len(p.addresses) == 0 {
			continue
		}
		b.WriteString("interface " + name + "\n")
		if p.description != "" {
			b.WriteString(" description " + p.description + "\n")
		}
		for _, a := range p.addresses {
			b.WriteString(" ip address " + a + "\n")
		}
		b.WriteString("exit\n!\n")
	}
	b.WriteString("bfd\n")
	for _, name := range sortedKeys(r.profiles) {
		b.WriteString(" profile " + name + "\n")
		for _, l := range r.profiles[name] {
			b.WriteString("  " + l + "\n")
		}
		b.WriteString(" exit\n !\n")
	}
	b.WriteString("exit\n!\nend\n")
	return b.String()
}

// show prints the routes of a prefix; an asterisk marks what is installed.
func (r *router) show(prefix string) string {
	var b strings.Builder
	for _, k := range sortedKeys(r.routes) {
		f := strings.Fields(k)
		if f[0] != prefix {
			continue
		}
		if b.Len() == 0 {
			b.WriteString("Routing entry for " + prefix + "\n  Known via \"static\", distance 1, metric 0, best\n  Last update 00:00:05 ago\n")
		}
		if r.up[f[1]] {
			fmt.Fprintf(&b, "  * %s, via %s, weight 1\n", f[1], f[len(f)-1])
		} else {
			fmt.Fprintf(&b, "    %s, via %s inactive, weight 1\n", f[1], f[len(f)-1])
		}
	}
	if b.Len() == 0 {
		return "% Network not in table\n"
	}
	return b.String() + "\n"
}

// bfd prints the session with a peer.
func (r *router) bfd(peer string) string {
	state := "down"
	if r.up[peer] {
		state = "up"
	}
	return fmt.Sprintf("BFD Peer:\n\tpeer %s vrf default interface c%d\n\t\tID: 1\n\t\tRemote ID: 2\n\t\tActive mode\n\t\tStatus: %s\n"+
		"\t\tUptime: 1 second(s)\n\t\tLocal timers:\n\t\t\tDetect-multiplier: 3\n\t\tRemote timers:\n\t\t\tDetect-multiplier: 3\n\n",
		peer, strings.Count(peer, "5")+1, state)
}

func sortedKeys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
