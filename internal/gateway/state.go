package gateway

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twinpath/twinpath/internal/simulate"
)

// kinds are the kinds of facts: ports and their addresses, probes, what starts
// them, tracks, BFD sessions and the profiles of their timers, routes, policies
// that add a route when a probe fails, what spreads flows over next hops,
// whether backups are kept, the name of the host, filters that drop everything,
// and what comes into a port through one.
var kinds = []string{"port", "address", "probe", "start", "track", "session", "profile", "route", "policy", "spread", "archive", "host", "filter", "filtered"}

// Item is something that the configuration makes the gateway do.
type Item struct {
	Kind string
	set  map[string]string
	w    *watch
}

// Get returns a part of it, "" when it has none.
func (i *Item) Get(name string) string { return i.set[name] }

// Up reports whether it works.
func (i *Item) Up() bool { return i.w != nil && i.w.value }

// Since is when it began to, or stopped, Changes how often it did either.
func (i *Item) Since() time.Time { return i.w.flipped }

// Changes counts how often it went up or down.
func (i *Item) Changes() int { return i.w.changes }

// Turning reports whether it is about to go up or down.
func (i *Item) Turning() bool { return i.w.cond != i.w.value }

// watch follows a condition with the time that it takes to be noticed.
type watch struct {
	def         string
	cond, value bool
	began       time.Time
	since       time.Time // of the condition
	flipped     time.Time // of the value
	rise, fall  time.Duration
	changes     int
	seen        bool
}

// observe takes note of the condition, as it is from a time on.
func (w *watch) observe(cond bool, at time.Time) {
	if cond != w.cond {
		w.cond, w.since = cond, at
	}
}

// settle brings the value up to a time.
func (w *watch) settle(now time.Time) {
	delay := w.fall
	if w.cond {
		delay = w.rise
	}
	if due := w.since.Add(delay); w.cond != w.value && !now.Before(due) {
		w.value, w.flipped = w.cond, due
		w.changes++
	}
}

// state is what the gateway does.
type state struct {
	g       *Gateway
	items   map[string][]*Item
	watches map[string]*watch
	down    map[string]time.Time // next hops that do not answer, since when
	up      map[string]time.Time // next hops that do again
	archive bool
	host    string
}

func newState(g *Gateway) *state {
	return &state{g: g, watches: map[string]*watch{}, down: map[string]time.Time{}, up: map[string]time.Time{}, host: g.o.Hostname}
}

func (s *state) setCircuit(hops []string, up bool) {
	now := s.g.clock.Now()
	if s.items != nil {
		s.settle()
	}
	for _, h := range hops {
		if up {
			delete(s.down, h)
			s.up[h] = now
		} else if _, already := s.down[h]; !already {
			s.down[h] = now
			delete(s.up, h)
		}
	}
}

// read takes the facts from a configuration. At a start, everything has settled.
func (s *state) read(c *simulate.Config, start bool) {
	if !start {
		s.settle()
	}
	s.items = map[string][]*Item{}
	for _, f := range s.g.terminal.Facts {
		for _, r := range c.Records(f.Of) {
			// Several routes may follow one session.
			if set, ok := f.fill(r); ok && (f.Kind != "session" || s.find(f.Kind, set["name"]) == nil) {
				s.items[f.Kind] = append(s.items[f.Kind], &Item{Kind: f.Kind, set: set})
			}
		}
	}
	s.archive = len(s.items["archive"]) > 0
	s.host = s.g.o.Hostname
	for _, h := range s.items["host"] {
		s.host = h.set["name"]
	}
	s.bind(start)
	s.settle()
	if start {
		for _, w := range s.watches {
			w.value, w.changes, w.flipped = w.cond, 1, s.g.clock.Now()
		}
		// What depends on another settles once the other has.
		s.settle()
		for _, w := range s.watches {
			w.value, w.since = w.cond, s.g.clock.Now()
		}
	}
}

// bind gives each item its watch, the old one when it is the same still.
func (s *state) bind(start bool) {
	now := s.g.clock.Now()
	for _, w := range s.watches {
		w.seen = false
	}
	for _, kind := range []string{"probe", "track", "session", "policy"} {
		for _, i := range s.items[kind] {
			key := kind + " " + i.set["name"]
			var b strings.Builder
			for _, k := range slices.Sorted(maps.Keys(i.set)) {
				b.WriteString(k + "=" + i.set[k] + "\n")
			}
			def := b.String()
			w := s.watches[key]
			if w == nil || w.def != def && kind != "track" {
				w = &watch{began: now, since: now, flipped: now}
				if start {
					w.began = now.Add(-time.Hour)
				}
				s.watches[key] = w
			}
			w.def, w.seen = def, true
			w.rise, w.fall = seconds(i.set, "rise"), seconds(i.set, "fall")
			i.w = w
		}
	}
	maps.DeleteFunc(s.watches, func(_ string, w *watch) bool { return !w.seen })
}

// seconds computes a time of an item: numbers, + and *, as in 2*5+1.
func seconds(set map[string]string, name string) time.Duration {
	total := 0.0
	for term := range strings.SplitSeq(set[name], "+") {
		product := 1.0
		for factor := range strings.SplitSeq(term, "*") {
			n, err := strconv.ParseFloat(strings.TrimSpace(factor), 64)
			if err != nil {
				n = 0
			}
			product *= n
		}
		total += product
	}
	return time.Duration(total * float64(time.Second))
}

// settle brings everything up to now: first the probes and sessions, then what
// depends on them.
func (s *state) settle() {
	now := s.g.clock.Now()
	for _, kind := range []string{"probe", "session"} {
		for _, i := range s.items[kind] {
			cond, at := s.answers(i)
			i.w.observe(cond, at)
			i.w.settle(now)
		}
	}
	for _, i := range s.items["track"] {
		cond, at := false, now
		if p := s.find("probe", i.set["probe"]); p != nil {
			cond, at = p.Up(), p.w.flipped
		}
		i.w.observe(cond, at)
		i.w.settle(now)
	}
	for _, i := range s.items["policy"] {
		cond, at := true, now
		for _, p := range s.items["probe"] {
			if p.set["owner"] == i.set["probe"] {
				cond, at = cond && p.Up(), p.w.flipped
			}
		}
		i.w.observe(cond, at)
		i.w.settle(now)
	}
}

// answers reports whether a probe or session gets answers, and since when.
func (s *state) answers(i *Item) (bool, time.Time) {
	now := s.g.clock.Now()
	if i.Kind == "probe" && !s.started(i) {
		return false, now
	}
	target := i.set["target"]
	if source := i.set["source"]; source != "" && !s.owns(source) {
		return false, now
	}
	if !s.reaches(target) {
		if at, ok := s.down[target]; ok {
			return false, at
		}
		return false, now
	}
	if at, ok := s.up[target]; ok {
		return true, at
	}
	return true, now
}

// started reports whether a probe sends anything: it says so itself, or another
// statement does.
func (s *state) started(i *Item) bool {
	return i.set["start"] != "" || slices.ContainsFunc(s.items["start"], func(o *Item) bool { return o.set["probe"] == i.set["name"] })
}

// find returns the item of a kind and name.
func (s *state) find(kind, name string) *Item {
	for _, i := range s.items[kind] {
		if strings.EqualFold(i.set["name"], name) {
			return i
		}
	}
	return nil
}

// port returns the port that works and has the network of an address, with its
// own address there.
func (s *state) port(addr string) (string, netip.Prefix, bool) {
	a, err := netip.ParseAddr(addr)
	if err != nil {
		return "", netip.Prefix{}, false
	}
	for _, i := range s.items["address"] {
		p, ok := parsePrefix(i.set["address"])
		if !ok || !p.Contains(a) {
			continue
		}
		if port := s.find("port", i.set["port"]); port != nil && port.set["down"] == "" {
			return i.set["port"], p, true
		}
	}
	return "", netip.Prefix{}, false
}

// parsePrefix reads an address with its length or its mask.
func parsePrefix(text string) (netip.Prefix, bool) {
	addr, mask, _ := strings.Cut(text, "/")
	a, err := netip.ParseAddr(addr)
	if err != nil {
		return netip.Prefix{}, false
	}
	if n, err := strconv.Atoi(mask); err == nil && n >= 0 && n <= a.BitLen() {
		return netip.PrefixFrom(a, n), true
	}
	m, err := netip.ParseAddr(mask)
	if err != nil || !m.Is4() {
		return netip.Prefix{}, false
	}
	n := 0
	for _, b := range m.As4() {
		for ; b&0x80 != 0; b <<= 1 {
			n++
		}
	}
	return netip.PrefixFrom(a, n), true
}

// owns reports whether an address is one of the gateway's.
func (s *state) owns(addr string) bool {
	a, err := netip.ParseAddr(addr)
	if err != nil {
		return s.find("port", addr) != nil
	}
	_, p, ok := s.port(addr)
	return ok && p.Addr() == a || slices.ContainsFunc(s.items["address"], func(i *Item) bool {
		p, ok := parsePrefix(i.set["address"])
		return ok && p.Addr() == a
	})
}

// reaches reports whether an address answers: a neighbour that is alive, or
// what is behind one.
func (s *state) reaches(addr string) bool {
	if _, dead := s.down[addr]; dead {
		return false
	}
	if port, _, ok := s.port(addr); ok {
		return !s.filtered(port, addr)
	}
	a, err := netip.ParseAddr(addr)
	if err != nil {
		return false
	}
	best, found := -1, false
	for _, r := range s.items["route"] {
		p, ok := parsePrefix(r.set["prefix"])
		if !ok || !p.Contains(a) || p.Bits() < best {
			continue
		}
		if s.active(r) {
			_, dead := s.down[r.set["hop"]]
			if port, _, ok := s.port(r.set["hop"]); ok {
				dead = dead || s.filtered(port, addr)
			}
			found = p.Bits() == best && found || !dead
			best = p.Bits()
		}
	}
	return found
}

// filtered reports whether a filter drops all that comes into a port, and so the
// answers of an address behind it. What the gateway itself sends leaves
// through a filter on some systems, so the way in decides.
func (s *state) filtered(port, addr string) bool {
	family := "ipv4"
	if strings.Contains(addr, ":") {
		family = "ipv6"
	}
	return slices.ContainsFunc(s.items["filtered"], func(b *Item) bool {
		return strings.EqualFold(b.set["port"], port) && b.set["family"] == family && slices.ContainsFunc(s.items["filter"], func(f *Item) bool {
			return f.set["family"] == family && f.set["name"] == b.set["filter"]
		})
	})
}
