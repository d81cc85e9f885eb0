package vendor

import (
	"regexp"
	"strings"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

// Failure is a way to fail a circuit on purpose, by configuration of the
// gateway.
type Failure struct {
	// How names it: shutdown (the port goes down, and the gateway knows at once)
	// or silent (the port stays up, and nothing gets through).
	How string
	// Lines are what is put into the configuration, what others refer to first.
	Lines []FailureLine
	// Taken match the statements, sections included, that must not be there: a
	// filter that is bound already, or a name that somebody else uses. They are
	// filled like a line.
	Taken []string
	// BFD says why a circuit that BFD watches is not failed so, "" when it is.
	BFD string
	// Unsupported says why it is not done on the system; then Lines are
	// empty.
	Unsupported string
	Sources     []string
}

// FailureLine is one line of a failure.
type FailureLine struct {
	// In are the sections that it stands in, outermost first, and Line is what
	// is put there. {interface} is filled in, and {port} and {unit}, its parts
	// before and after the last dot.
	In   []string
	Line string
	// Family is ipv4 or ipv6, the family that the circuit must have, "" for any.
	Family string
}

// The ways to fail a circuit.
const (
	FailShutdown = "shutdown"
	FailSilent   = "silent"
)

func decodeFailure(v yamlpos.Value) Failure {
	var f Failure
	var one FailureLine
	v.Map("a failure",
		yamlpos.Required("how", func(v yamlpos.Value) { f.How = v.OneOf("how", FailShutdown, FailSilent).Val }),
		yamlpos.Optional("in", func(v yamlpos.Value) { one.In = texts(v, "in") }),
		yamlpos.Optional("line", func(v yamlpos.Value) { one.Line = text(v, "line") }),
		yamlpos.Optional("lines", func(v yamlpos.Value) {
			v.Seq("lines", func(v yamlpos.Value) { f.Lines = append(f.Lines, decodeFailureLine(v)) })
		}),
		yamlpos.Optional("taken", func(v yamlpos.Value) { f.Taken = texts(v, "taken") }),
		yamlpos.Optional("bfd", func(v yamlpos.Value) { f.BFD = text(v, "bfd") }),
		yamlpos.Optional("unsupported", func(v yamlpos.Value) { f.Unsupported = text(v, "unsupported") }),
		yamlpos.Required("source", func(v yamlpos.Value) { f.Sources = texts(v, "source") }),
	)
	if len(one.In) > 0 && one.Line != "" {
		f.Lines = append(f.Lines, one)
	}
	if (f.Unsupported == "") != (len(f.Lines) > 0) {
		v.Add(diag.CodeValue, "a failure has in and line, or lines, or says why it is unsupported")
	}
	for _, t := range f.Taken {
		if _, err := regexp.Compile(Fill(t, places("x.0", regexp.QuoteMeta))); err != nil {
			v.Add(diag.CodeValue, "taken: %v", err)
		}
	}
	return f
}

func decodeFailureLine(v yamlpos.Value) FailureLine {
	var l FailureLine
	v.Map("a line of a failure",
		yamlpos.Required("in", func(v yamlpos.Value) { l.In = texts(v, "in") }),
		yamlpos.Required("line", func(v yamlpos.Value) { l.Line = text(v, "line") }),
		yamlpos.Optional("family", func(v yamlpos.Value) { l.Family = v.OneOf("family", "ipv4", "ipv6").Val }),
	)
	return l
}

// Failure returns a way to fail a circuit; ok is false when nothing is known of
// it.
func (m *Manage) Failure(how string) (f Failure, ok bool) {
	for _, f := range m.Failures {
		if f.How == how {
			return f, true
		}
	}
	return Failure{}, false
}

// Fill returns the sections and the line for an interface.
func (l FailureLine) Fill(name string) (in []string, line string) {
	values := places(name, func(s string) string { return s })
	for _, s := range l.In {
		in = append(in, Fill(s, values))
	}
	return in, Fill(l.Line, values)
}

// TakenBy returns the patterns of Taken for an interface.
func (f Failure) TakenBy(name string) []*regexp.Regexp {
	var out []*regexp.Regexp
	for _, t := range f.Taken {
		out = append(out, regexp.MustCompile("^(?:"+Fill(t, places(name, regexp.QuoteMeta))+")$"))
	}
	return out
}

// places are what is filled in for an interface.
func places(name string, quote func(string) string) map[string]string {
	port, unit := name, "0"
	if i := strings.LastIndex(name, "."); i >= 0 {
		port, unit = name[:i], name[i+1:]
	}
	return map[string]string{"interface": quote(name), "port": quote(port), "unit": quote(unit)}
}
