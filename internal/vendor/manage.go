package vendor

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

// Manage says how the system's running configuration is read, compared and
// changed. A system without it can be rendered but not planned for.
type Manage struct {
	// Noise are lines of the printed configuration that say nothing about it;
	// Leave are lines that only close a section. Both match a whole line
	// without its indentation.
	Noise, Leave []*regexp.Regexp
	// Verbatim matches the first line of a text whose lines are no statements
	// (a banner); its one group is the mark that ends the text. Nil where the
	// system prints none.
	Verbatim *regexp.Regexp
	// Owned matches the names that the templates give; a statement that
	// carries one was made by twinpath.
	Owned *regexp.Regexp
	// Secret matches statements that may hold a secret; they are never shown.
	Secret []*regexp.Regexp
	// AdditionsOnly is the reason why nothing that is there may be changed or
	// removed yet; empty where it may.
	AdditionsOnly string
	Kinds         []*Kind
	// Session is nil where nothing is known of pushing to the system.
	Session *SessionRules
	Sources []string
}

// Kind is one form of statement that can be compared and changed.
type Kind struct {
	Pos diag.Position
	ID  string
	// In are the kinds of section it stands in; empty for the top.
	In []string
	// Top is true when it stands at the top, be In set or not.
	Top bool
	// Line matches the statement. Its named groups are the values that the
	// other keys speak of. The planner knows some: circuit and probe (the
	// number of a circuit or of its probe), interface, hop and prefix.
	Line *regexp.Regexp
	// Key are the groups that, with the section, tell two statements of the
	// kind apart. None: there is one in each section.
	Key []string
	// Leave is typed to leave the section that the statement opens; empty when
	// it opens none. Enter lines are typed when the section is made.
	Leave string
	Enter []string
	// Keep marks a section that is never removed, Fixed one that cannot be
	// edited once it is there.
	Keep, Fixed bool
	// Replaces matches the old statements of the same key that typing the new
	// one replaces in place; nil when none is, and a change is refused.
	Replaces *regexp.Regexp
	// Remove is the line that removes the statement, with {line} and {group}
	// filled in; empty when its removal is not known and refused.
	Remove string
	// Refers are the kinds that it refers to: all their key groups are groups
	// of this kind too, with the same values.
	Refers []string
	// Own are the groups that may carry a name of the templates. Exclusive
	// says that all in a section of such a name is the templates'.
	Own       []string
	Exclusive bool
	// Unwanted marks a statement that defeats a section which is rendered; it
	// is removed there.
	Unwanted bool
	// Harmless marks a statement whose change does not disturb what refers to
	// its section.
	Harmless bool
	// Route marks a static route: groups prefix, mask (if the system writes
	// one), hop, interface, and tracking, which is empty for an untracked one.
	Route bool
	// Foreign marks a form that is only looked at, never changed.
	Foreign bool
	Sources []string
}

// SessionRules say how a change is typed and what the replies mean.
type SessionRules struct {
	// Running prints the running configuration; a whole one ends with a line
	// that Complete matches (nil: not known).
	Running  string
	Complete *regexp.Regexp
	// Errors match a reply line that means refusal, Accept one that does not.
	// Any other reply to a line of configuration is taken for a refusal too.
	Errors, Accept []*regexp.Regexp
	// ConfirmTimer is true when the system can take a change back by itself.
	ConfirmTimer bool
	// Note says what the system lacks, for the person who must decide.
	Note string
	// Waits are tried in order; the first whose groups a route has is used.
	Waits []Wait
}

// Wait is how to see that the next hop of a route is in the forwarding table:
// the reply to Command has a line that Expect, a pattern, matches. The route's
// groups are filled in.
type Wait struct {
	Command, Expect string
}

// open finds a part of a form that no value was filled into.
var open = regexp.MustCompile(`\{[a-z]+\}`)

// Fill returns the command and the pattern for a route, false when the route
// lacks a group.
func (w Wait) Fill(values map[string]string) (command, expect string, ok bool) {
	quoted := make(map[string]string, len(values))
	for k, v := range values {
		quoted[k] = regexp.QuoteMeta(v)
	}
	command, expect = Fill(w.Command, values), Fill(w.Expect, quoted)
	return command, "^(?:" + expect + ")$", !open.MatchString(command) && !open.MatchString(expect)
}

// Dialogue returns the platform definition of a system's command line, nil for
// a system without one.
func (r *Registry) Dialogue(id string) ([]byte, error) {
	data, err := fs.ReadFile(r.fsys, id+"/platform.yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read platform definition: %w", err)
	}
	return data, nil
}

// Kind returns the kind of an id, or nil.
func (m *Manage) Kind(id string) *Kind {
	for _, k := range m.Kinds {
		if k.ID == id {
			return k
		}
	}
	return nil
}

// Groups returns the values of a statement's groups, or nil when the line is
// not of the kind.
func (k *Kind) Groups(line string) map[string]string {
	m := k.Line.FindStringSubmatch(line)
	if m == nil {
		return nil
	}
	out := make(map[string]string, len(m))
	for i, name := range k.Line.SubexpNames() {
		if name != "" && m[i] != "" {
			out[name] = m[i]
		}
	}
	return out
}

// Fill puts values into a form with {group} parts.
func Fill(form string, values map[string]string) string {
	var pairs []string
	for k, v := range values {
		pairs = append(pairs, "{"+k+"}", v)
	}
	return strings.NewReplacer(pairs...).Replace(form)
}

// Matches reports whether one of the patterns matches.
func Matches(patterns []*regexp.Regexp, line string) bool {
	return slices.ContainsFunc(patterns, func(re *regexp.Regexp) bool { return re.MatchString(line) })
}

// Mask returns a line that may be shown: one that may hold a secret loses all
// but its first word.
func (m *Manage) Mask(line string) string {
	if !Matches(m.Secret, line) {
		return line
	}
	word, _, _ := strings.Cut(line, " ")
	return word + " (hidden, it may hold a secret)"
}

func patterns(v yamlpos.Value, what string) []*regexp.Regexp {
	var out []*regexp.Regexp
	v.Seq(what, func(v yamlpos.Value) { out = append(out, pattern(v, what)) })
	return out
}

func (p *Profile) decodeManage(v yamlpos.Value) {
	m := &Manage{}
	v.Map("manage",
		opt("noise", func(v yamlpos.Value) { m.Noise = patterns(v, "noise") }),
		opt("leave", func(v yamlpos.Value) { m.Leave = patterns(v, "leave") }),
		opt("verbatim", func(v yamlpos.Value) { m.Verbatim = pattern(v, "verbatim") }),
		must("owned", func(v yamlpos.Value) { m.Owned = pattern(v, "owned") }),
		opt("secret", func(v yamlpos.Value) { m.Secret = patterns(v, "secret") }),
		opt("additions_only", func(v yamlpos.Value) { m.AdditionsOnly = text(v, "additions_only") }),
		must("source", func(v yamlpos.Value) { m.Sources = texts(v, "source") }),
		opt("session", func(v yamlpos.Value) { m.Session = decodeSession(v) }),
		must("kinds", func(v yamlpos.Value) {
			v.Entries("kinds", func(k, v yamlpos.Value) { m.Kinds = append(m.Kinds, decodeKind(k, v)) })
		}),
	)
	if m.Verbatim != nil && m.Verbatim.NumSubexp() != 1 {
		v.Add(diag.CodeValue, "verbatim needs one group, the mark that ends the text")
	}
	m.check(v)
	p.Manage = m
}

func decodeKind(k, v yamlpos.Value) *Kind {
	out := &Kind{Pos: k.Pos(), ID: k.Match("a kind", idPattern, "lower case").Val, Line: regexp.MustCompile("^$")}
	v.Map("a kind",
		must("line", func(v yamlpos.Value) { out.Line = pattern(v, "line") }),
		opt("in", func(v yamlpos.Value) { out.In = texts(v, "in") }),
		opt("top", func(v yamlpos.Value) { out.Top = v.Bool("top").Val }),
		opt("key", func(v yamlpos.Value) { out.Key = texts(v, "key") }),
		opt("leave", func(v yamlpos.Value) { out.Leave = text(v, "leave") }),
		opt("enter", func(v yamlpos.Value) { out.Enter = texts(v, "enter") }),
		opt("keep", func(v yamlpos.Value) { out.Keep = v.Bool("keep").Val }),
		opt("fixed", func(v yamlpos.Value) { out.Fixed = v.Bool("fixed").Val }),
		opt("replaces", func(v yamlpos.Value) { out.Replaces = pattern(v, "replaces") }),
		opt("remove", func(v yamlpos.Value) { out.Remove = text(v, "remove") }),
		opt("refers", func(v yamlpos.Value) { out.Refers = texts(v, "refers") }),
		opt("own", func(v yamlpos.Value) { out.Own = texts(v, "own") }),
		opt("exclusive", func(v yamlpos.Value) { out.Exclusive = v.Bool("exclusive").Val }),
		opt("unwanted", func(v yamlpos.Value) { out.Unwanted = v.Bool("unwanted").Val }),
		opt("harmless", func(v yamlpos.Value) { out.Harmless = v.Bool("harmless").Val }),
		opt("route", func(v yamlpos.Value) { out.Route = v.Bool("route").Val }),
		opt("foreign", func(v yamlpos.Value) { out.Foreign = v.Bool("foreign").Val }),
		must("source", func(v yamlpos.Value) { out.Sources = texts(v, "source") }),
	)
	out.Top = out.Top || len(out.In) == 0
	return out
}

func decodeSession(v yamlpos.Value) *SessionRules {
	s := &SessionRules{}
	v.Map("session",
		must("running", func(v yamlpos.Value) { s.Running = text(v, "running") }),
		opt("complete", func(v yamlpos.Value) { s.Complete = pattern(v, "complete") }),
		must("errors", func(v yamlpos.Value) { s.Errors = patterns(v, "errors") }),
		opt("accept", func(v yamlpos.Value) { s.Accept = patterns(v, "accept") }),
		opt("confirm_timer", func(v yamlpos.Value) { s.ConfirmTimer = v.Bool("confirm_timer").Val }),
		opt("note", func(v yamlpos.Value) { s.Note = text(v, "note") }),
		opt("waits", func(v yamlpos.Value) {
			v.Seq("waits", func(v yamlpos.Value) {
				var w Wait
				v.Map("a wait",
					must("command", func(v yamlpos.Value) { w.Command = text(v, "command") }),
					must("expect", func(v yamlpos.Value) { w.Expect = text(v, "expect") }),
				)
				if _, err := regexp.Compile(w.Expect); err != nil {
					v.Add(diag.CodeValue, "expect is no regular expression: %v", err)
				}
				s.Waits = append(s.Waits, w)
			})
		}),
	)
	return s
}

// check holds the kinds against each other: what one names must be there.
func (m *Manage) check(v yamlpos.Value) {
	for _, k := range m.Kinds {
		groups := k.Line.SubexpNames()
		need := func(what string, names []string) {
			for _, n := range names {
				if !slices.Contains(groups, n) {
					v.List().Add(diag.CodeValue, k.Pos, "kind %s: %s names the group %s, which its line has not", k.ID, what, diag.Quote(n))
				}
			}
		}
		need("key", k.Key)
		need("own", k.Own)
		if k.Route {
			need("route", []string{"prefix", "hop"})
		}
		for _, in := range k.In {
			if s := m.Kind(in); s == nil || s.Leave == "" {
				v.List().Add(diag.CodeValue, k.Pos, "kind %s stands in %s, which opens no section", k.ID, diag.Quote(in))
			}
		}
		for _, r := range k.Refers {
			if t := m.Kind(r); t == nil {
				v.List().Add(diag.CodeValue, k.Pos, "kind %s refers to %s, which is no kind", k.ID, diag.Quote(r))
			} else {
				need("a reference to "+r, t.Key)
			}
		}
	}
}

// checkManageSources is called once the sources are known.
func (p *Profile) checkManageSources(check func(diag.Position, string, []string)) {
	if p.Manage == nil {
		return
	}
	check(diag.Position{}, "manage", p.Manage.Sources)
	for _, k := range p.Manage.Kinds {
		check(k.Pos, "kind "+k.ID, k.Sources)
	}
}
