package yamlpos_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

// jargon are words of the library's messages that mean nothing to the person
// who wrote the file.
var jargon = regexp.MustCompile(`did not find|found |could not|expected [<'a]|token|node content|stream|scann?ing|block sequence|not allowed in this context`)

func TestSyntaxErrorsAreSaidInPlainWords(t *testing.T) {
	for _, c := range []struct {
		text, at, want string
	}{
		{"x: y\na: [::1/64, b]\n", "2:1", "a value is expected here"},
		{"a: [b,,c]\n", "1:1", "a value is expected here"},
		{"x: y\na: ]\n", "2:1", "a value is expected here"},
		{"x: y\na: [2001:db8::1]:2055\n", "2:1", "holds a line that is no key"},
		{"a: 'b' c\n", "1:1", "holds a line that is no key"},
		{"x: y\na: - b\n", "2:1", "no list can begin here"},
		{"x: y\na: * b\n", "2:1", "the name of an anchor"},
		{"x: y\na: &\n", "2:1", "the name of an anchor"},
		{"x: y\n...\na: b\n", "3:1", "the file ends before this line"},
		{"{a: b}c\n", "1:1", "the file ends before this line"},
		{"x: y\na: @b\n", "2:1", "a value cannot begin with this character"},
		{"x: y\na: |b\n  c\n", "2:1", "the line must end"},
		{"x: y\na: |0\n", "2:1", "the line must end"},
		{"x: y\na: \"\\q\"\n", "2:1", "begins no known escape"},
		{"x: y\na: \"\\xZZ\"\n", "2:1", "begins no known escape"},
		{"x: y\na: \"\\ud800\"\n", "2:1", "begins no known escape"},
		{"x: y\na: \"b\n---\n", "2:1", "a quote is not closed"},
		{"x: y\na: !b!c d\n", "2:1", "is a tag"},
		{"x: y\na: !<b\n", "2:1", "is a tag"},
		{"x: y\na: !b%zz c\n", "2:1", "is a tag"},
		{"%b\na: c\n", "1:1", "is a directive"},
		{"%YAML\na: b\n", "1:1", "is a directive"},
		{"%TAG ! x\n%TAG ! y\n---\na: b\n", "2:1", "is a directive"},
		{"x: y\na: |\n\tb\n", "", "a tab is used as indentation"},
	} {
		list := parse([]byte(c.text))
		if list.Len() != 1 {
			t.Errorf("%q: %d diagnostics", c.text, list.Len())
			continue
		}
		d := list.Sorted()[0]
		if !strings.Contains(d.Text, c.want) || jargon.MatchString(d.Text) || d.Help == "" {
			t.Errorf("%q: %s (help: %s), want %q", c.text, d.Text, d.Help, c.want)
		}
		if c.at != "" && !strings.HasSuffix(d.Pos.String(), "test.yaml:"+c.at) {
			t.Errorf("%q: at %s, want %s", c.text, d.Pos, c.at)
		}
	}
}

// TestHelpNamesTheReason reads addresses that are nearly right.
func TestHelpNamesTheReason(t *testing.T) {
	collector := func(v yamlpos.Value) { v.AddrPort("it") }
	link := func(v yamlpos.Value) { v.Interface("it") }
	for _, c := range []struct {
		text string
		read func(yamlpos.Value)
		want string
	}{
		{"collector.example.com:2055", collector, "devices take no host name here; write the address that it stands for"},
		{"10.0.0.1:0", collector, "the port is a number from 1 to 65535"},
		{"10.0.0.1:99999", collector, "the port is a number from 1 to 65535"},
		{"10.0.0.1:netflow", collector, "the port is a number from 1 to 65535"},
		{"10.0.0.1", collector, "add the port: 10.0.0.1:2055"},
		{"2001:db8:1:2:3:4:5:6:2055", collector, `put the IPv6 address in brackets: "[2001:db8:1:2:3:4:5:6]:2055"`},
		{"10.0.0.1/33", link, "the length of an IPv4 prefix is a number from 0 to 32"},
		{"10.0.0.1/x", link, "the length of an IPv4 prefix is a number from 0 to 32"},
		{"2001:db8::1/129", link, "the length of an IPv6 prefix is a number from 0 to 128"},
		{"10.0.0.1 255.255.255.252", link, "write the mask as a length: 10.0.0.1/30"},
		{"10.0.0.1/255.255.255.0", link, "write the mask as a length: 10.0.0.1/24"},
		{"10.0.0.1/255.0.255.0", link, "the length of an IPv4 prefix is a number from 0 to 32"},
		{"10.0.0.1", link, "add the length of the link's subnet"},
	} {
		var list diag.List
		top, ok := yamlpos.Parse("test.yaml", []byte("v: \""+c.text+"\"\n"), &list)
		if !ok {
			t.Fatalf("%s: not parsed", c.text)
		}
		top.Entries("it", func(_, v yamlpos.Value) { c.read(v) })
		if list.Len() != 1 || list.Sorted()[0].Help != c.want {
			t.Errorf("%s: %d diagnostics, %+v, want the help %q", c.text, list.Len(), list.Sorted(), c.want)
		}
	}
}
