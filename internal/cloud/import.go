package cloud

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// ErrNoRouter is returned for a state in which the cloud has no border router.
var ErrNoRouter = errors.New("the state holds no border router of this cloud")

// Draft is a scenario as far as an existing set-up tells it.
type Draft struct {
	Provider, Region string
	Account          string
	Site, Cloud      []netip.Prefix
	Network          Network
	HubNetwork       string
	HubRouter        string
	Standby          bool
	Circuits         []*draftCircuit
	bfd              *BFD
	// Unknown are the keys that the state does not tell, as sentences; Odd is
	// what it tells and what a scenario would not render.
	Unknown, Odd []string
}

// draftCircuit is one border router of the state.
type draftCircuit struct {
	name, router, id     string
	connection, point    string
	redundant, account   string
	v4, v6               *Link
	vlan, mtu, bandwidth int
	preference           int
	check                *draftCheck
	prefixes             []netip.Prefix
}

type draftCheck struct {
	source, target   netip.Addr
	interval, probes int
}

// Import drafts a scenario from a state. Values that are not of the form that a
// scenario takes are left away and named in Unknown.
func Import(s *State, m *Mapping, provider string) (*Draft, error) {
	d := &Draft{Provider: provider}
	routers := s.rows(m, "router")
	if len(routers) == 0 {
		return nil, ErrNoRouter
	}
	for _, r := range routers {
		d.router(r, s, m)
	}
	slices.SortStableFunc(d.Circuits, func(a, b *draftCircuit) int { return cmp.Compare(a.name, b.name) })
	d.checks(s, m)
	d.connections(s, m)
	d.far(s, m)
	d.ranks(s, m)
	d.joined(s, m)
	d.sitePrefixes()
	return d, nil
}

func (d *Draft) unknown(format string, args ...any) {
	d.Unknown = append(d.Unknown, fmt.Sprintf(format, args...))
}

func (d *Draft) odd(format string, args ...any) { d.Odd = append(d.Odd, fmt.Sprintf(format, args...)) }

var (
	importName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,30}[A-Za-z0-9]$`)
	importID   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	importWord = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	importAcct = regexp.MustCompile(`^[0-9]{1,20}$`)
)

// only returns a text of a form, "" otherwise: nothing of a state reaches the
// draft unlooked at.
func only(form *regexp.Regexp, s string) string {
	if form.MatchString(s) {
		return s
	}
	return ""
}

// router takes over one border router.
func (d *Draft) router(r row, s *State, m *Mapping) {
	c := &draftCircuit{
		id: r.text("id"), router: only(importName, r.text("name")), connection: only(importID, r.text("connection")),
		account: only(importAcct, r.text("account")),
	}
	c.name = d.name(only(importName, r.name), c.router)
	c.vlan, _ = r.number("vlan")
	c.mtu, _ = r.number("mtu")
	c.bandwidth, _ = r.number("bandwidth")
	d.Region = cmp.Or(d.Region, only(importWord, r.text("region")))
	d.HubRouter = cmp.Or(d.HubRouter, only(importID, r.text("hub_router")))
	c.v4 = link(r.address("cloud_address"), r.address("gateway_address"), length4(r))
	if c.v4 == nil {
		d.unknown("the addresses of %s", c.name)
	}
	if p, err := netip.ParsePrefix(r.text("subnet6")); err == nil {
		c.v6 = link(r.address("cloud_address6"), r.address("gateway_address6"), p.Bits())
	}
	for _, route := range s.rows(m, "route") {
		if table := route.text("table"); table != "" && table == r.text("table") {
			c.add(route.text("prefix"))
		}
	}
	for _, p := range r.list("prefixes") {
		c.add(p)
	}
	d.Circuits = append(d.Circuits, c)
}

// name returns a name that no circuit has yet: one of those that are wanted, or
// a new one.
func (d *Draft) name(wanted ...string) string {
	taken := func(n string) bool {
		return slices.ContainsFunc(d.Circuits, func(c *draftCircuit) bool { return strings.EqualFold(c.name, n) })
	}
	for _, want := range wanted {
		if want != "" && !taken(want) {
			return want
		}
	}
	for i := len(d.Circuits) + 1; ; i++ {
		if n := fmt.Sprintf("ec%d", i); !taken(n) {
			return n
		}
	}
}

func (c *draftCircuit) add(prefix string) {
	if p, err := netip.ParsePrefix(prefix); err == nil && !slices.Contains(c.prefixes, p.Masked()) {
		c.prefixes = append(c.prefixes, p.Masked())
	}
}

// link returns the two ends of a circuit, nil when one is missing.
func link(cloud, gateway netip.Addr, bits int) *Link {
	if !cloud.IsValid() || !gateway.IsValid() || bits <= 0 {
		return nil
	}
	return &Link{netip.PrefixFrom(cloud, bits), netip.PrefixFrom(gateway, bits)}
}

// length4 returns the length of a link, which stands behind its address or is
// a mask of its own; 0 when it is neither.
func length4(r row) int {
	if p, err := netip.ParsePrefix(r.text("cloud_address")); err == nil {
		return p.Bits()
	}
	m := r.address("mask")
	for bits := 0; m.Is4() && bits <= 32; bits++ {
		if s, err := mask(netip.PrefixFrom(m, bits)); err == nil && s == m.String() {
			return bits
		}
	}
	return 0
}

func (d *Draft) byID(id string) *draftCircuit {
	for _, c := range d.Circuits {
		if c.id == id && id != "" {
			return c
		}
	}
	return nil
}

// checks takes over the health checks.
func (d *Draft) checks(s *State, m *Mapping) {
	for _, r := range s.rows(m, "check") {
		c := d.byID(r.text("router"))
		d.Region = cmp.Or(d.Region, only(importWord, r.text("region")))
		if c == nil {
			continue
		}
		if r.text("kind") == "bfd" {
			d.bfd = &BFD{}
			d.bfd.Interval, _ = r.number("interval_ms")
			d.bfd.Multiplier, _ = r.number("probes")
			continue
		}
		c.account = cmp.Or(c.account, only(importAcct, r.text("account")))
		check := &draftCheck{source: r.address("source"), target: r.address("target")}
		check.interval, _ = r.number("interval")
		if ms, ok := r.number("interval_ms"); ok {
			check.interval = (ms + 999) / 1000
		}
		check.probes, _ = r.number("probes")
		c.check = check
	}
}

// connections takes over where the physical circuits end.
func (d *Draft) connections(s *State, m *Mapping) {
	for _, r := range append(s.rows(m, "connection"), s.rows(m, "connection_made")...) {
		for _, c := range d.Circuits {
			if id := r.text("id"); id != "" && c.connection == id {
				c.point = only(importID, r.text("access_point"))
				for _, o := range d.Circuits {
					if o != c && o.connection == r.text("redundant_to") {
						c.redundant = o.name
					}
				}
			}
		}
	}
}
