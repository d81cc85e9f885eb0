package vendor

import (
	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

// Test is a command by which the gateway itself sends packets: ping and
// traceroute from an address of its own.
type Test struct {
	// Name is ping or traceroute. Of all tests of one name the first is used
	// whose parts {target}, {source} and {vrf} are known.
	Name string
	// Show reads the reply to Command.
	Show, Command string
	// Unsupported says why the test is not made on the system; then Show and
	// Command are empty.
	Unsupported string
	Sources     []string
}

// The names of the tests.
const (
	TestPing       = "ping"
	TestTraceroute = "traceroute"
)

func decodeTest(v yamlpos.Value) Test {
	var t Test
	v.Map("a test",
		yamlpos.Required("name", func(v yamlpos.Value) { t.Name = v.OneOf("name", TestPing, TestTraceroute).Val }),
		yamlpos.Optional("show", func(v yamlpos.Value) { t.Show = text(v, "show") }),
		yamlpos.Optional("command", func(v yamlpos.Value) { t.Command = text(v, "command") }),
		yamlpos.Optional("unsupported", func(v yamlpos.Value) { t.Unsupported = text(v, "unsupported") }),
		yamlpos.Required("source", func(v yamlpos.Value) { t.Sources = texts(v, "source") }),
	)
	if (t.Unsupported == "") != (t.Show != "" && t.Command != "") {
		v.Add(diag.CodeValue, "a test has show and command, or says why it is unsupported")
	}
	return t
}

// Test returns a test with its command filled in; ok is false when none of that
// name can be.
func (m *Manage) Test(name string, values map[string]string) (t Test, ok bool) {
	for _, t := range m.Tests {
		if t.Name != name {
			continue
		}
		t.Command = Fill(t.Command, values)
		if !open.MatchString(t.Command) {
			return t, true
		}
	}
	return Test{}, false
}
