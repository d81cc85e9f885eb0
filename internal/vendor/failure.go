package vendor

import (
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
	// In are the sections of the circuit's interface, outermost first, and Line
	// is what is put there. {interface} is filled in, and {port} and {unit}, its
	// parts before and after the last dot.
	In   []string
	Line string
	// Unsupported says why it is not done on the system; then In and Line are
	// empty.
	Unsupported string
	Sources     []string
}

// The ways to fail a circuit.
const (
	FailShutdown = "shutdown"
	FailSilent   = "silent"
)

func decodeFailure(v yamlpos.Value) Failure {
	var f Failure
	v.Map("a failure",
		must("how", func(v yamlpos.Value) { f.How = v.OneOf("how", FailShutdown, FailSilent).Val }),
		opt("in", func(v yamlpos.Value) { f.In = texts(v, "in") }),
		opt("line", func(v yamlpos.Value) { f.Line = text(v, "line") }),
		opt("unsupported", func(v yamlpos.Value) { f.Unsupported = text(v, "unsupported") }),
		must("source", func(v yamlpos.Value) { f.Sources = texts(v, "source") }),
	)
	if (f.Unsupported == "") != (len(f.In) > 0 && f.Line != "") {
		v.Add(diag.CodeValue, "a failure has in and line, or says why it is unsupported")
	}
	return f
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
func (f Failure) Fill(name string) (in []string, line string) {
	values := map[string]string{"interface": name, "port": name, "unit": "0"}
	if i := strings.LastIndex(name, "."); i >= 0 {
		values["port"], values["unit"] = name[:i], name[i+1:]
	}
	for _, s := range f.In {
		in = append(in, Fill(s, values))
	}
	return in, Fill(f.Line, values)
}
