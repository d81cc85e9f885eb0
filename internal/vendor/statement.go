package vendor

import (
	"regexp"
	"strings"
	"sync"

	"github.com/twinpath/twinpath/internal/yamlpos"
)

func (p *Profile) decodeStatements(v yamlpos.Value) {
	v.Seq("statements", func(v yamlpos.Value) {
		s := &Statement{Pos: v.Pos()}
		v.Map("a statement",
			yamlpos.Required("line", func(v yamlpos.Value) { s.Line = text(v, "line"); s.line = lineForm(s.Line) }),
			yamlpos.Optional("in", func(v yamlpos.Value) { s.In = text(v, "in"); s.in = lineForm(s.In) }),
			yamlpos.Required("source", func(v yamlpos.Value) { s.Sources = texts(v, "source") }),
			yamlpos.Optional("note", func(v yamlpos.Value) { s.Note = text(v, "note") }),
		)
		p.Statements = append(p.Statements, s)
	})
}

var placeholders = regexp.MustCompile(`\{([a-z0-9|.-]*)\}`)

// lineForm turns the line form of a statement into a pattern: {x} is one word,
// {x...} the rest of the line, {a|b} one of the words. It is compiled when it
// is first asked for, since few runs trace lines. It always compiles: what is
// not quoted are letters, digits and the signs of the placeholders.
func lineForm(form string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression(form)) })
}

func expression(form string) string {
	var b strings.Builder
	b.WriteString("^")
	last := 0
	for _, m := range placeholders.FindAllStringSubmatchIndex(form, -1) {
		b.WriteString(regexp.QuoteMeta(form[last:m[0]]))
		switch inner := form[m[2]:m[3]]; {
		case strings.HasSuffix(inner, "..."):
			b.WriteString(`.+`)
		case strings.Contains(inner, "|"):
			b.WriteString(`(?:` + inner + `)`)
		default:
			b.WriteString(`\S+`)
		}
		last = m[1]
	}
	b.WriteString(regexp.QuoteMeta(form[last:]) + "$")
	return b.String()
}
