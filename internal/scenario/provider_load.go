package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/netip"
	"regexp"
	"strings"
	"sync"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/yamlpos"
	"github.com/twinpath/twinpath/vendors"
)

// table is every cloud that has a folder in vendors/.
type table struct {
	ids  []string
	byID map[string]*Provider
	err  error
}

// catalogue reads the clouds once. A cloud whose data is broken is left out:
// LoadProviders says so, and a test holds that none is.
var catalogue = sync.OnceValue(func() table {
	t := table{byID: map[string]*Provider{}}
	files, err := fs.Glob(vendors.FS, "*/provider.yaml")
	if err != nil {
		t.err = fmt.Errorf("list clouds: %w", err)
	}
	for _, f := range files {
		p, err := readProvider(f)
		if err != nil {
			t.err = errors.Join(t.err, err)
			continue
		}
		t.ids = append(t.ids, p.ID) // fs.Glob sorts
		t.byID[p.ID] = p
	}
	return t
})

// LoadProviders reads what is known of the clouds; an error names the file that
// is broken and its place.
func LoadProviders() error { return catalogue().err }

func readProvider(file string) (*Provider, error) {
	data, err := fs.ReadFile(vendors.FS, file)
	if err != nil {
		return nil, fmt.Errorf("read cloud: %w", err)
	}
	var list diag.List
	p := DecodeProvider("vendors/"+file, data, &list)
	if list.HasErrors() {
		d := list.Sorted()[0]
		return nil, fmt.Errorf("read cloud: %s: %s [%s]", d.Pos, d.Text, d.Code)
	}
	if id, _, _ := strings.Cut(file, "/"); p.ID != id {
		return nil, fmt.Errorf("read cloud: vendors/%s: id is %q, the folder says %q", file, p.ID, id)
	}
	return p, nil
}

var (
	sourcePattern  = regexp.MustCompile(`^[a-z][a-z0-9-]{0,40}$`)
	ruleIDPattern  = regexp.MustCompile(`^[VHR][0-9]{1,2}$`)
	messagePattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)
)

// providerReader decodes one file of vendors/: each limit stands with where it
// is stated, and each source that is named must be defined.
type providerReader struct {
	p       *Provider
	sources map[string]bool
	used    []Of[string]
}

// DecodeProvider reads what one cloud states about its side.
func DecodeProvider(file string, data []byte, list *diag.List) *Provider {
	top, ok := yamlpos.Parse(file, data, list)
	if !ok {
		return nil
	}
	p := &Provider{Words: map[string]string{}, Manual: map[string]string{}}
	r := &providerReader{p: p, sources: map[string]bool{}}
	keys := []yamlpos.Key{
		yamlpos.Required("version", func(v yamlpos.Value) { v.OneOf("version", "1") }),
		yamlpos.Required("id", func(v yamlpos.Value) { p.ID = v.Match("id", wordPattern, wordRule).Val }),
		yamlpos.Required("title", func(v yamlpos.Value) { p.Title = longText(v, "title") }),
		yamlpos.Optional("words", func(v yamlpos.Value) { messages(v, "words", p.Words) }),
		yamlpos.Optional("manual", func(v yamlpos.Value) { messages(v, "manual", p.Manual) }),
		yamlpos.Required("sources", r.decodeSources),
	}
	top.Map("the cloud", append(keys, r.limits()...)...)
	for _, s := range r.used {
		if !r.sources[s.Val] {
			list.Add(diag.CodeValue, s.Pos, "the source %s is not defined", diag.Quote(s.Val))
		}
	}
	return p
}

// limits are the keys of what the cloud states; all but those with a default
// that refuses are required.
func (r *providerReader) limits() []yamlpos.Key {
	p := r.p
	return []yamlpos.Key{
		r.limit("link_bits", func(v yamlpos.Value) { p.LinkBits4 = pair(v) }),
		r.limit("mtus", func(v yamlpos.Value) { p.MTUs = ints(v) }),
		r.optional("bandwidths", func(v yamlpos.Value) { p.Bandwidths = ints(v) }),
		r.limit("router_routes", func(v yamlpos.Value) { p.RouterRoutes = whole(v) }),
		r.optional("routers_per_circuit", func(v yamlpos.Value) { p.RoutersPerCircuit = whole(v) }),
		r.optional("circuits_per_access_point", func(v yamlpos.Value) { p.CircuitsPerAccessPoint = whole(v) }),
		r.limit("reserved_site", func(v yamlpos.Value) { p.ReservedSite = plain(prefixes(v, "reserved_site")) }),
		r.optional("auto_sources", func(v yamlpos.Value) { p.AutoSources = v.Prefix("auto_sources").Val }),
		r.optional("custom_sources", func(v yamlpos.Value) { p.CustomSources = plain(prefixes(v, "custom_sources")) }),
		r.optional("link_source", func(v yamlpos.Value) { p.LinkSource = v.Bool("link_source").Val }),
		r.limit("static_bfd", func(v yamlpos.Value) { p.StaticBFD = v.Bool("static_bfd").Val }),
		r.optional("bfd_interval", func(v yamlpos.Value) { p.BFDInterval = pair(v) }),
		r.optional("bfd_multiplier", func(v yamlpos.Value) { p.BFDMultiplier = pair(v) }),
		r.limit("ipv6_health", func(v yamlpos.Value) { p.IPv6Health = v.Bool("ipv6_health").Val }),
		r.limit("ipv6_static", func(v yamlpos.Value) { p.IPv6Static = v.Bool("ipv6_static").Val }),
		r.limit("change_route", func(v yamlpos.Value) { p.ChangeRoute = v.Bool("change_route").Val }),
		r.limit("auto_negotiation", func(v yamlpos.Value) { p.AutoNegotiation = v.Bool("auto_negotiation").Val }),
		r.optional("no_alert", func(v yamlpos.Value) { p.NoAlert = v.Bool("no_alert").Val }),
		r.optional("no_standby", func(v yamlpos.Value) { p.NoStandby = v.Bool("no_standby").Val }),
		r.optional("unused", func(v yamlpos.Value) {
			v.Seq("unused", func(v yamlpos.Value) { p.Unused = append(p.Unused, v.OneOf("a key", farKeys...).Val) })
		}),
	}
}

// limit is a required statement of the cloud, with its rule and its sources.
func (r *providerReader) limit(name string, value func(yamlpos.Value)) yamlpos.Key {
	k := r.optional(name, value)
	k.Required = true
	return k
}

// optional is a statement that a cloud may leave away.
func (r *providerReader) optional(name string, value func(yamlpos.Value)) yamlpos.Key {
	return yamlpos.Optional(name, func(v yamlpos.Value) {
		v.Map(name,
			yamlpos.Required("value", value),
			yamlpos.Optional("rule", func(v yamlpos.Value) { v.Match("rule", ruleIDPattern, "an id of docs/rules.md") }),
			yamlpos.Required("source", func(v yamlpos.Value) {
				v.Seq("source", func(v yamlpos.Value) {
					r.used = append(r.used, v.Match("a source", sourcePattern, "a key of sources"))
				})
			}),
		)
	})
}

func (r *providerReader) decodeSources(v yamlpos.Value) {
	v.Entries("sources", func(k, v yamlpos.Value) {
		v.Map("a source",
			yamlpos.Required("title", func(v yamlpos.Value) { longText(v, "title") }),
			yamlpos.Required("confidence", func(v yamlpos.Value) { v.OneOf("confidence", "vendor", "inferred", "unproven") }),
		)
		r.sources[k.Match("a source", sourcePattern, "lower case").Val] = true
	})
}

func messages(v yamlpos.Value, what string, into map[string]string) {
	v.Entries(what, func(k, v yamlpos.Value) {
		into[k.Match("a key of "+what, messagePattern, "lower case").Val] = longText(v, what)
	})
}

func longText(v yamlpos.Value, what string) string {
	t, _ := v.LongText(what)
	return strings.TrimSpace(t.Val)
}

// farKeys are the keys of a scenario that a cloud may have no use for.
var farKeys = []string{"account", "ipv6", "subnets", "hub.network", "redundant_to"}

// pair reads the smallest and the largest of a range.
func pair(v yamlpos.Value) [2]int {
	n := ints(v)
	if len(n) != 2 {
		v.Add(diag.CodeValue, "two numbers are needed: the smallest and the largest")
		return [2]int{}
	}
	return [2]int{n[0], n[1]}
}

func ints(v yamlpos.Value) []int {
	var out []int
	v.Seq("a list of numbers", func(v yamlpos.Value) { out = append(out, whole(v)) })
	return out
}

func whole(v yamlpos.Value) int { return v.Int("a number", 0, math.MaxInt32, diag.CodeValue).Val }

func plain(ps []Of[netip.Prefix]) []netip.Prefix {
	out := make([]netip.Prefix, len(ps))
	for i, p := range ps {
		out[i] = p.Val
	}
	return out
}
