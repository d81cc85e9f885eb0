package gateway

import (
	"cmp"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/twinpath/twinpath/internal/simulate"
)

var place = regexp.MustCompile(`\{([^{}|]+)(?:\|([^{}]*))?\}`)

// fill returns the parts of a fact, or false when the statement is none.
func (f *Fact) fill(r simulate.Record) (map[string]string, bool) {
	values := r.Values
	for name, of := range f.Get {
		form, value := of, "present"
		if m := place.FindStringSubmatchIndex(of); m != nil && m[0] > 0 && r.Lines() {
			form, value = strings.TrimSpace(of[:m[0]]), of[m[2]:m[3]]
		} else if m != nil {
			value = of[m[2]:m[3]]
		}
		if below := r.Below(form); len(below) > 0 {
			if v, ok := below[0].Values[value]; ok {
				values[name] = v
			} else if value == "present" {
				values[name] = "yes"
			}
		}
	}
	if f.If != "" && !given(values, f.If) || f.Unless != "" && given(values, f.Unless) {
		return nil, false
	}
	set := make(map[string]string, len(f.Set))
	for k, t := range f.Set {
		set[k] = place.ReplaceAllStringFunc(t, func(m string) string {
			parts := place.FindStringSubmatch(m)
			if v := values[parts[1]]; v != "" {
				return v
			}
			return parts[2]
		})
	}
	return set, true
}

// given reports whether one of the values, separated by "|", is there.
func given(values map[string]string, names string) bool {
	for name := range strings.SplitSeq(names, "|") {
		if values[name] != "" {
			return true
		}
	}
	return false
}

// active reports whether a route may forward: its port works, and what it
// depends on is up.
func (s *state) active(r *Item) bool {
	if port := r.set["port"]; port != "" {
		p := s.find("port", port)
		if p == nil || p.set["down"] != "" || r.set["hop"] == "" {
			return p != nil && p.set["down"] == "" && r.set["hop"] == ""
		}
	}
	if at, _, ok := s.port(r.set["hop"]); !ok || r.set["port"] != "" && !strings.EqualFold(at, r.set["port"]) {
		return false
	}
	for _, kind := range []string{"track", "probe", "session"} {
		if name := strings.TrimSpace(r.set[kind]); name != "" {
			if i := s.find(kind, name); i == nil || !i.Up() {
				return false
			}
		}
	}
	if i := s.find("session", r.set["maybe"]); i != nil && !i.Up() {
		return false
	}
	return true
}

// distance is how far a route is preferred; the lowest is used.
func (i *Item) distance() int {
	n, _ := strconv.Atoi(i.set["distance"])
	return n
}

// Network is the destination of a route.
func (i *Item) Network() netip.Prefix {
	p, _ := parsePrefix(i.set["prefix"])
	return p.Masked()
}

// routes are those of the configuration, and those of policies that hold.
func (s *state) routes() []*Item {
	out := slices.Clone(s.items["route"])
	for _, p := range s.items["policy"] {
		if p.Up() {
			continue
		}
		made := map[string]string{"prefix": p.set["prefix"], "hop": p.set["hop"], "distance": "1", "policy": p.set["name"]}
		// It stands in the table of the route that it is preferred to.
		for _, r := range s.items["route"] {
			if samePrefix(r.set["prefix"], p.set["prefix"]) {
				made["vrf"] = r.set["vrf"]
			}
		}
		out = append(out, &Item{Kind: "route", set: made})
	}
	slices.SortStableFunc(out, func(a, b *Item) int {
		p, q := a.Network(), b.Network()
		return cmp.Or(p.Addr().Compare(q.Addr()), cmp.Compare(p.Bits(), q.Bits()), cmp.Compare(a.distance(), b.distance()))
	})
	return out
}

// forwarding are the routes of a prefix, "" for all, that are used.
func (s *state) forwarding(prefix string) []*Item {
	var out []*Item
	all := s.routes()
	for _, r := range all {
		if prefix != "" && !samePrefix(r.set["prefix"], prefix) || !s.active(r) {
			continue
		}
		better := slices.ContainsFunc(all, func(o *Item) bool {
			return o.Network() == r.Network() && o.set["vrf"] == r.set["vrf"] && o.distance() < r.distance() && s.active(o)
		})
		if !better {
			out = append(out, r)
		}
	}
	return out
}

func samePrefix(a, b string) bool {
	p, ok := parsePrefix(a)
	q, fine := parsePrefix(b)
	return ok && fine && p.Masked() == q.Masked()
}
