package simulate

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

// Systems returns the systems that can be simulated, sorted.
func Systems(fsys fs.FS) ([]string, error) {
	files, err := fs.Glob(fsys, "*/device.yaml")
	if err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(f, "/device.yaml")
	}
	return files, nil
}

// Load reads what is known of a system from a file system such as vendors.FS.
// platform chooses one of several grammars of the system, "" its usual one.
func Load(fsys fs.FS, id, platform string) (*Device, error) {
	return LoadTerminal(fsys, id, platform, func(yamlpos.Value, Cite) {})
}

// LoadTerminal is Load, and hands over what the file says of the command line
// around the configuration: first that of the system, then that of the one whose
// file it extends.
func LoadTerminal(fsys fs.FS, id, platform string, terminal func(yamlpos.Value, Cite)) (*Device, error) {
	l := &loader{fsys: fsys, terminal: terminal, d: &Device{ID: id, Platform: platform, byID: map[string]*Statement{}, byWord: map[string][]*Statement{}}, sources: map[string]source{}}
	if err := l.read(id); err != nil {
		return nil, err
	}
	for i, s := range l.d.Statements {
		s.rank, s.head = i+1, s.Line.head()
		l.d.byID[s.ID] = s
		if len(s.head) == 0 {
			return nil, fmt.Errorf("device of %s: the line of %s does not begin with a word", id, s.ID)
		}
		first := strings.ToLower(s.head[0])
		l.d.byWord[first] = append(l.d.byWord[first], s)
	}
	for _, s := range l.d.Statements {
		if with := l.d.byID[s.Beside]; with != nil {
			s.place = with.rank
		} else {
			s.place = s.rank
		}
	}
	if err := l.check(); err != nil {
		return nil, fmt.Errorf("device of %s: %w", id, err)
	}
	return l.d, nil
}

type source struct{ title, confidence string }

type loader struct {
	fsys    fs.FS
	d       *Device
	sources map[string]source
	uses    []use
	// terminal decodes the part of that name.
	terminal func(yamlpos.Value, Cite)
}

// use is a name of a statement that must be known.
type use struct {
	id  string
	pos diag.Position
}

func (l *loader) read(id string) error {
	name := id + "/device.yaml"
	data, err := fs.ReadFile(l.fsys, name)
	if err != nil {
		return fmt.Errorf("read device: %w", err)
	}
	var list diag.List
	top, ok := yamlpos.Parse("vendors/"+name, data, &list)
	if ok {
		base := ""
		top.Map("the device", l.keys(&base)...)
		if base != "" {
			if err := l.read(base); err != nil {
				return err
			}
		}
	}
	if list.HasErrors() {
		d := list.Sorted()[0]
		return fmt.Errorf("device %s: %s: %s [%s]", id, d.Pos, d.Text, d.Code)
	}
	return nil
}

func (l *loader) keys(base *string) []yamlpos.Key {
	d := l.d
	return []yamlpos.Key{
		yamlpos.Optional("extends", func(v yamlpos.Value) { *base = text(v, "extends") }),
		yamlpos.Optional("sources", l.decodeSources),
		yamlpos.Optional("family", func(v yamlpos.Value) { d.Family = v.OneOf("family", "lines", "paths").Val }),
		yamlpos.Optional("session", l.decodeSession),
		yamlpos.Optional("print", func(v yamlpos.Value) {
			v.Map("print",
				yamlpos.Optional("separator", func(v yamlpos.Value) { d.Print.Separator = text(v, "separator") }),
				yamlpos.Optional("last", func(v yamlpos.Value) { d.Print.Last = text(v, "last") }),
				yamlpos.Optional("close", func(v yamlpos.Value) { d.Print.Close = text(v, "close") }),
				yamlpos.Optional("first", func(v yamlpos.Value) { d.Print.First = v.Bool("first").Val }),
				yamlpos.Optional("upper_v6", func(v yamlpos.Value) { d.Print.UpperV6 = v.Bool("upper_v6").Val }),
				yamlpos.Optional("mask_length", func(v yamlpos.Value) { d.Print.Length = v.Bool("mask_length").Val }),
			)
		}),
		yamlpos.Optional("interface", func(v yamlpos.Value) {
			v.Map("interface",
				yamlpos.Required("pattern", func(v yamlpos.Value) { d.Interface.Pattern = expression(v, "pattern") }),
				yamlpos.Optional("names", func(v yamlpos.Value) { d.Interface.Names = texts(v, "names") }),
			)
		}),
		yamlpos.Optional("verbatim", func(v yamlpos.Value) { d.Verbatim = expression(v, "verbatim") }),
		yamlpos.Optional("noise", func(v yamlpos.Value) { d.Noise = append(d.Noise, expressions(v, "noise")...) }),
		yamlpos.Optional("blocks", func(v yamlpos.Value) { d.Blocks = append(d.Blocks, expressions(v, "blocks")...) }),
		yamlpos.Optional("statements", func(v yamlpos.Value) { v.Seq("statements", l.decodeStatement) }),
		yamlpos.Optional("rules", func(v yamlpos.Value) { v.Seq("rules", l.decodeRule) }),
		yamlpos.Optional("effects", func(v yamlpos.Value) { v.Seq("effects", l.decodeEffect) }),
		yamlpos.Optional("nodes", func(v yamlpos.Value) { v.Seq("nodes", l.decodeNode) }),
		yamlpos.Optional("commits", func(v yamlpos.Value) { v.Seq("commits", l.decodeCommit) }),
		yamlpos.Optional("terminal", func(v yamlpos.Value) {
			l.terminal(v, func(v yamlpos.Value) (string, string) { return l.cite(v, "") })
		}),
	}
}

func (l *loader) decodeSources(v yamlpos.Value) {
	v.Entries("sources", func(key, v yamlpos.Value) {
		var s source
		v.Map("a source",
			yamlpos.Required("title", func(v yamlpos.Value) { s.title = text(v, "title") }),
			yamlpos.Required("confidence", func(v yamlpos.Value) {
				s.confidence = v.OneOf("confidence", "device", "vendor", "third-party", "unconfirmed").Val
			}),
		)
		name, _ := key.Text("the name of a source")
		l.sources[name.Val] = s
	})
}

func (l *loader) decodeSession(v yamlpos.Value) {
	s := &l.d.Session
	v.Map("session",
		yamlpos.Optional("no", func(v yamlpos.Value) { s.No = text(v, "no") }),
		yamlpos.Optional("comment", func(v yamlpos.Value) { s.Comment = text(v, "comment") }),
		yamlpos.Optional("reset", func(v yamlpos.Value) { s.Reset = text(v, "reset") }),
		yamlpos.Optional("up", func(v yamlpos.Value) { s.Up = texts(v, "up") }),
		yamlpos.Optional("leave", func(v yamlpos.Value) { s.Leave = texts(v, "leave") }),
		yamlpos.Optional("enter", func(v yamlpos.Value) { s.Enter = texts(v, "enter") }),
		yamlpos.Optional("candidate", func(v yamlpos.Value) { s.Candidate = v.Bool("candidate").Val }),
		yamlpos.Optional("fallback", func(v yamlpos.Value) { s.Fallback = v.Bool("fallback").Val }),
		yamlpos.Required("invalid", func(v yamlpos.Value) { v.Map("invalid", l.fact(&s.Invalid)...) }),
	)
}

// fact returns the keys of something that is known from somewhere.
func (l *loader) fact(f *Fact, more ...yamlpos.Key) []yamlpos.Key {
	return append(more,
		yamlpos.Optional("say", func(v yamlpos.Value) { f.Say = text(v, "say") }),
		yamlpos.Required("source", func(v yamlpos.Value) { f.Source, f.Confidence = l.cite(v, f.Confidence) }),
		yamlpos.Optional("confidence", func(v yamlpos.Value) {
			f.Confidence = v.OneOf("confidence", "device", "vendor", "third-party", "unconfirmed").Val
		}),
	)
}

// cite resolves the names of sources. A confidence that is given stays.
func (l *loader) cite(v yamlpos.Value, given string) (titles, confidence string) {
	var all []string
	for i, name := range texts(v, "source") {
		s, ok := l.sources[name]
		if !ok {
			v.Add(diag.CodeWord, "no source is called %s", diag.Quote(name))
		}
		all = append(all, s.title)
		if i == 0 {
			confidence = s.confidence
		}
	}
	if given != "" {
		confidence = given
	}
	return strings.Join(all, "; "), confidence
}

func (l *loader) decodeStatement(v yamlpos.Value) {
	s := &Statement{Shows: ShowsSet}
	var on, not []string
	v.Map("a statement",
		yamlpos.Required("id", func(v yamlpos.Value) { s.ID = text(v, "id") }),
		yamlpos.Optional("in", func(v yamlpos.Value) { s.In = texts(v, "in") }),
		yamlpos.Required("line", func(v yamlpos.Value) { s.Line = decodeForm(v) }),
		yamlpos.Optional("options", func(v yamlpos.Value) { s.Options = decodeForms(v) }),
		yamlpos.Optional("key", func(v yamlpos.Value) { s.Key = texts(v, "key") }),
		yamlpos.Optional("twin", func(v yamlpos.Value) { s.Twin = text(v, "twin") }),
		yamlpos.Optional("hidden", func(v yamlpos.Value) { s.Hidden = pairs(v, "hidden") }),
		yamlpos.Optional("default", func(v yamlpos.Value) { s.Default = text(v, "default") }),
		yamlpos.Optional("block", func(v yamlpos.Value) { s.Block = v.Bool("block").Val }),
		yamlpos.Optional("shows", func(v yamlpos.Value) {
			s.Shows = Shows(v.OneOf("shows", string(ShowsSet), string(ShowsUnset), string(ShowsBoth)).Val)
		}),
		yamlpos.Optional("unset", func(v yamlpos.Value) { s.Unset = decodeForms(v) }),
		yamlpos.Optional("negates", func(v yamlpos.Value) { s.Negates = decodeForms(v) }),
		yamlpos.Optional("needs", func(v yamlpos.Value) { s.Needs = texts(v, "needs") }),
		yamlpos.Optional("ignores", func(v yamlpos.Value) { s.Ignores = texts(v, "ignores") }),
		yamlpos.Optional("exact", func(v yamlpos.Value) { s.Exact = texts(v, "exact") }),
		yamlpos.Optional("silent", func(v yamlpos.Value) {
			s.Silent = Shows(v.OneOf("silent", string(ShowsSet), string(ShowsUnset)).Val)
		}),
		yamlpos.Optional("together", func(v yamlpos.Value) { s.Together = texts(v, "together") }),
		yamlpos.Optional("absent", func(v yamlpos.Value) { s.Absent = &Fact{}; v.Map("absent", l.fact(s.Absent)...) }),
		yamlpos.Optional("always", func(v yamlpos.Value) { s.Always = expression(v, "always") }),
		yamlpos.Optional("members", func(v yamlpos.Value) { s.Members = decodeMembers(v) }),
		yamlpos.Optional("strict", func(v yamlpos.Value) { s.Strict = v.Bool("strict").Val }),
		yamlpos.Optional("sort", func(v yamlpos.Value) { s.Sort = v.OneOf("sort", "network", "length", "number").Val }),
		yamlpos.Optional("beside", func(v yamlpos.Value) { s.Beside = l.name(v) }),
		yamlpos.Optional("group", func(v yamlpos.Value) { s.Group = text(v, "group") }),
		yamlpos.Optional("platforms", func(v yamlpos.Value) { on = texts(v, "platforms") }),
		yamlpos.Optional("not", func(v yamlpos.Value) { not = texts(v, "not") }),
		yamlpos.Required("source", func(v yamlpos.Value) { s.Source, _ = l.cite(v, "") }),
	)
	if len(on) > 0 && !slices.Contains(on, l.d.Platform) || slices.Contains(not, l.d.Platform) {
		return
	}
	if len(s.In) == 0 {
		s.In = []string{""}
	}
	for i, id := range s.In {
		if id == "top" {
			s.In[i] = ""
		} else if id != "*" && id != "" {
			l.uses = append(l.uses, use{id, v.Pos()})
		}
	}
	l.d.Statements = append(l.d.Statements, s)
}

func (l *loader) decodeRule(v yamlpos.Value) {
	r := &Rule{}
	v.Map("a rule", l.fact(&r.Fact,
		yamlpos.Required("id", func(v yamlpos.Value) { r.ID = text(v, "id") }),
		yamlpos.Required("on", func(v yamlpos.Value) { r.On = v.OneOf("on", "enter", "set", "unset", "change").Val }),
		yamlpos.Optional("statement", func(v yamlpos.Value) { r.Statement = l.name(v) }),
		yamlpos.Optional("inside", func(v yamlpos.Value) { r.Inside = l.name(v) }),
		yamlpos.Optional("except", func(v yamlpos.Value) {
			v.Seq("except", func(v yamlpos.Value) { r.Except = append(r.Except, l.name(v)) })
		}),
		yamlpos.Optional("if", func(v yamlpos.Value) { r.If = l.conditions(v) }),
	)...)
	l.d.Rules = append(l.d.Rules, r)
}

func (l *loader) decodeEffect(v yamlpos.Value) {
	e := &Effect{}
	v.Map("an effect", l.fact(&e.Fact,
		yamlpos.Required("id", func(v yamlpos.Value) { e.ID = text(v, "id") }),
		yamlpos.Required("on", func(v yamlpos.Value) { e.On = v.OneOf("on", "set", "unset").Val }),
		yamlpos.Required("statement", func(v yamlpos.Value) { e.Statement = l.name(v) }),
		yamlpos.Optional("if", func(v yamlpos.Value) { e.If = l.conditions(v) }),
		yamlpos.Optional("removes", func(v yamlpos.Value) { e.Removes = l.condition(v) }),
		yamlpos.Optional("strips", func(v yamlpos.Value) { e.Strips = l.condition(v) }),
		yamlpos.Optional("value", func(v yamlpos.Value) { e.Value = text(v, "value") }),
		yamlpos.Optional("adds", func(v yamlpos.Value) { e.Adds = text(v, "adds") }),
	)...)
	l.d.Effects = append(l.d.Effects, e)
}

func (l *loader) conditions(v yamlpos.Value) []*Condition {
	var out []*Condition
	v.Seq("conditions", func(v yamlpos.Value) { out = append(out, l.condition(v)) })
	return out
}

func (l *loader) condition(v yamlpos.Value) *Condition {
	c := &Condition{}
	v.Map("a condition",
		yamlpos.Optional("has", func(v yamlpos.Value) { c.Has = l.name(v) }),
		yamlpos.Optional("lacks", func(v yamlpos.Value) { c.Lacks = l.name(v) }),
		yamlpos.Optional("scope", func(v yamlpos.Value) { c.Scope = v.OneOf("scope", "top", "block", "below", "any").Val }),
		yamlpos.Optional("where", func(v yamlpos.Value) { c.Where = pairs(v, "where") }),
		yamlpos.Optional("with", func(v yamlpos.Value) { c.With = pairs(v, "with") }),
		yamlpos.Optional("other", func(v yamlpos.Value) { c.Other = v.Bool("other").Val }),
		yamlpos.Optional("whose", func(v yamlpos.Value) { c.Whose = l.conditions(v) }),
		yamlpos.Optional("given", func(v yamlpos.Value) { c.Given = text(v, "given") }),
		yamlpos.Optional("missing", func(v yamlpos.Value) { c.Missing = text(v, "missing") }),
		yamlpos.Optional("matches", func(v yamlpos.Value) {
			c.Matches = map[string]*regexp.Regexp{}
			v.Entries("matches", func(k, v yamlpos.Value) { c.Matches[text(k, "a value")] = expression(v, "matches") })
		}),
		yamlpos.Optional("greater", func(v yamlpos.Value) { c.Greater = l.comparison(v) }),
		yamlpos.Optional("check", func(v yamlpos.Value) { c.Check = v.OneOf("check", "host-bits", "overlap").Val }),
	)
	return c
}

func (l *loader) comparison(v yamlpos.Value) *Comparison {
	c := &Comparison{}
	number := func(n *Number) func(yamlpos.Value) {
		return func(v yamlpos.Value) {
			v.Map("a number",
				yamlpos.Required("statement", func(v yamlpos.Value) { n.Statement = l.name(v) }),
				yamlpos.Required("value", func(v yamlpos.Value) { n.Value = text(v, "value") }),
				yamlpos.Required("default", func(v yamlpos.Value) { n.Default = v.Int("default", 0, 1<<30, diag.CodeValue).Val }),
				yamlpos.Optional("times", func(v yamlpos.Value) { n.Times = v.Int("times", 1, 1000, diag.CodeValue).Val }),
			)
		}
	}
	v.Map("greater",
		yamlpos.Required("of", func(v yamlpos.Value) { c.Of = l.name(v) }),
		yamlpos.Required("where", func(v yamlpos.Value) { c.Where = pairs(v, "where") }),
		yamlpos.Required("left", number(&c.Left)),
		yamlpos.Required("right", number(&c.Right)),
	)
	return c
}

// name reads the name of a statement and remembers that it must be known.
func (l *loader) name(v yamlpos.Value) string {
	id := text(v, "the name of a statement")
	l.uses = append(l.uses, use{id, v.Pos()})
	return id
}

// check finds names of statements that are not there.
func (l *loader) check() error {
	for _, u := range l.uses {
		if l.d.byID[u.id] == nil && l.d.Platform == "" {
			return fmt.Errorf("%s: no statement is called %q", u.pos, u.id)
		}
	}
	if l.d.Family == "" {
		return fmt.Errorf("it says no family")
	}
	return nil
}
