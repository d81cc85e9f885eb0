package plan

import (
	"strings"

	"github.com/twinpath/twinpath/internal/conftree"
	"github.com/twinpath/twinpath/internal/vendor"
)

// rules are a system's statements made ready for looking them up.
type rules struct {
	*vendor.Manage

	syntax conftree.Syntax
	// in are the kinds of each section, "" for the top; under a section that is
	// not known only those of anywhere are looked for.
	in       map[string][]indexed
	anywhere []indexed
	normal   []rewrite
	// lists are the kinds that are lists of numbers.
	lists []*vendor.Kind
	// target says which kinds something refers to, and by which groups.
	target map[string]bool
}

type indexed struct {
	prefix string
	kind   *vendor.Kind
}

type rewrite struct {
	prefix string
	vendor.Rewrite
}

func newRules(p *vendor.Profile) *rules {
	r := &rules{Manage: p.Manage, syntax: Syntax(p), in: map[string][]indexed{}, target: map[string]bool{}}
	if r.Manage == nil {
		r.Manage = &vendor.Manage{}
	}
	for _, k := range r.Kinds {
		x := indexed{conftree.Prefix(k.Line), k}
		if k.List != nil {
			r.lists = append(r.lists, k)
		}
		for _, ref := range k.Refers {
			r.target[ref] = true
		}
		if k.Anywhere {
			r.anywhere = append(r.anywhere, x)
			continue
		}
		if k.Top {
			r.in[""] = append(r.in[""], x)
		}
		for _, in := range k.In {
			r.in[in] = append(r.in[in], x)
		}
	}
	for _, n := range r.Normal {
		r.normal = append(r.normal, rewrite{conftree.Prefix(n.Line), n})
	}
	return r
}

// normalised returns a line in the form in which the system prints it.
func (r *rules) normalised(text string) string {
	for _, n := range r.normal {
		if !strings.HasPrefix(text, n.prefix) || !strings.Contains(text, n.Contains) {
			continue
		}
		if m := n.Line.FindStringSubmatch(text); m != nil {
			values := map[string]string{}
			for i, name := range n.Line.SubexpNames() {
				if name == "mask" {
					m[i] = dotted(m[i])
				}
				if name != "" {
					values[name] = m[i]
				}
			}
			text = strings.TrimSpace(strings.Join(strings.Fields(vendor.Fill(n.Form, values)), " "))
		}
	}
	return text
}

// kindOf finds the kind of a line in a section, nil for the top.
func (r *rules) kindOf(parent *statement, text string) (*vendor.Kind, vendor.Groups) {
	section := ""
	known := true
	if parent != nil {
		known = parent.kind != nil
		if known {
			section = parent.kind.ID
		}
	}
	if known {
		if k, g := match(r.in[section], text); k != nil {
			return k, g
		}
	}
	return match(r.anywhere, text)
}

func match(list []indexed, text string) (*vendor.Kind, vendor.Groups) {
	for _, x := range list {
		if strings.HasPrefix(text, x.prefix) {
			if g, ok := x.kind.Groups(text); ok {
				return x.kind, g
			}
		}
	}
	return nil, vendor.Groups{}
}

// removalOf returns the line that removes a statement of no known kind.
func (r *rules) removalOf(text string) string {
	if r.Negate == "" {
		return ""
	}
	if rest, ok := strings.CutPrefix(text, r.Negate+" "); ok {
		return rest
	}
	return r.Negate + " " + text
}
