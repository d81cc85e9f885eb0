package intent

import (
	"strings"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/scenario"
)

// name returns the system's name of an object of a circuit.
func (b *builder) name(kind, circuit string, six bool) string {
	r := b.p.Names[kind]
	n := r.Apply(circuit)
	if six {
		suffix := r.Suffix6
		if suffix == "" {
			suffix = "-v6"
		}
		n += suffix
	}
	return n
}

// checkNames holds names against the system's rules: their length, and that no
// two become the same when characters that the system refuses are replaced.
func (b *builder) checkNames() {
	taken := map[string]*scenario.Circuit{}
	for _, c := range b.d.Circuits {
		sc := b.circuitOf(c.Name)
		b.checkLength(sc.Port.Pos, "interface", c.Interface, "shorten the port's name or use a VLAN of fewer digits")
		for _, f := range c.Families() {
			switch {
			case f.Probe != nil:
				b.checkName(taken, sc, "probe", f.Probe.Name)
			case f.Session != nil:
				b.checkName(taken, sc, "bfd", f.Session.Name)
			}
		}
	}
}

func (b *builder) checkName(taken map[string]*scenario.Circuit, sc *scenario.Circuit, kind, name string) {
	b.checkLength(sc.Name.Pos, kind, name, "shorten the circuit's name")
	k := strings.ToLower(name)
	// duplicate-name said it of names that differ in case only.
	if o := taken[k]; o != nil && !strings.EqualFold(o.Name.Val, sc.Name.Val) {
		b.list.Add(diag.CodeOSNameTaken, sc.Name.Pos, "%s: circuits %s and %s would both be called %s", b.p.Title, diag.Quote(o.Name.Val), diag.Quote(sc.Name.Val), diag.Quote(name)).
			WithHelp("the system refuses some characters of a name, so they were replaced; rename one circuit").
			WithRelated(o.Name.Pos, "the other circuit")
	}
	taken[k] = sc
}

// checkLength holds one name against the longest that the system takes.
func (b *builder) checkLength(pos diag.Position, kind, name, help string) {
	if limit := b.p.Names[kind].Max; limit > 0 && len(name) > limit {
		b.list.Add(diag.CodeOSName, pos, "%s: the %s name %s has %d characters, %d are allowed", b.p.Title, kind, diag.Quote(name), len(name), limit).
			WithHelp("%s", help)
	}
}
