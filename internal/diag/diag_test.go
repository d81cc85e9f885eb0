package diag_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/twinpath/twinpath/internal/diag"
)

const source = "name: ec1\n\tvlan: 5\nmtu: \u202e9\npassword: hunter2\nlast: x\n"

// sample is a list with every part that a printer knows.
func sample() *diag.List {
	var l diag.List
	at := func(line, col, width int) diag.Position {
		return diag.Position{File: "a.yaml", Line: line, Column: col, Width: width}
	}
	l.Add(diag.CodeVLANUntagged, at(5, 7, 99), "a fact")
	l.Add(diag.CodeUnknownKey, at(2, 2, 4), "no key %s", diag.Quote("vlan")).
		WithHelp("100%% sure: %s", diag.DidYouMean("vlam", []string{"vlan", "vrf"})).
		WithRelated(at(1, 1, 4), "first, here").
		WithRelated(diag.Position{}, "not known")
	l.Add(diag.CodeHealthMissing, at(1, 1, 4), "a warning")
	l.Add(diag.CodeMissing, at(1, 1, 4), "an error at the same place")
	l.Add(diag.CodeControl, at(3, 6, 1), "a bidirectional override")
	l.Add(diag.CodeLiteralSecret, at(4, 11, 7), "a secret")
	l.Add(diag.CodeEmpty, diag.Position{File: "b,c.yaml"}, "empty")
	l.Add(diag.CodeMissing, at(1, 1, 4), "an error at the same place") // an exact repetition
	return &l
}

func TestTextIsReadable(t *testing.T) {
	var b strings.Builder
	if err := diag.PrintText(&b, sample(), diag.Sources{"a.yaml": []byte(source)}, diag.Style{}); err != nil {
		t.Fatal(err)
	}
	const want = `a.yaml:1:1: error: an error at the same place [missing-key]
    1 | name: ec1
      | ^~~~
a.yaml:1:1: warning: a warning [health-missing]
    1 | name: ec1
      | ^~~~
a.yaml:2:2: error: no key "vlan" [unknown-key]
    2 | 	vlan: 5
      | 	^~~~
    help: 100% sure: did you mean "vlan"?
    note: a.yaml:1:1: first, here
a.yaml:3:6: error: a bidirectional override [control-character]
a.yaml:4:11: error: a secret [literal-secret]
a.yaml:5:7: info: a fact [vlan-untagged]
    5 | last: x
      |       ^
b,c.yaml: error: empty [file-empty]
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestColourMarksTheSeverityOnly(t *testing.T) {
	var l diag.List
	l.Add(diag.CodeEmpty, diag.Position{File: "a.yaml"}, "empty")
	var b strings.Builder
	if err := diag.PrintText(&b, &l, nil, diag.Style{Color: true}); err != nil {
		t.Fatal(err)
	}
	if want := "a.yaml: \x1b[1;31merror\x1b[0m: empty [file-empty]\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestTextStopsBeforeItScrollsAway(t *testing.T) {
	var l diag.List
	for i := range 600 {
		l.Add(diag.CodeMissing, diag.Position{File: "a.yaml", Line: i + 1, Column: 1}, "missing")
	}
	var b strings.Builder
	if err := diag.PrintText(&b, &l, nil, diag.Style{}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "\n"); n != 501 || !strings.HasSuffix(b.String(), "100 more are not shown; mend these first\n") {
		t.Errorf("%d lines, the last %q", n, b.String()[strings.LastIndex(strings.TrimSpace(b.String()), "\n")+1:])
	}
}

func TestGitHubCommandsAreEscaped(t *testing.T) {
	var b strings.Builder
	if err := diag.PrintGitHub(&b, sample()); err != nil {
		t.Fatal(err)
	}
	const want = `::error file=a.yaml,line=1,col=1,title=missing-key::an error at the same place
::warning file=a.yaml,line=1,col=1,title=health-missing::a warning
::error file=a.yaml,line=2,col=2,title=unknown-key::no key "vlan"%0A100%25 sure: did you mean "vlan"?%0Aa.yaml:1:1: first, here
::error file=a.yaml,line=3,col=6,title=control-character::a bidirectional override
::error file=a.yaml,line=4,col=11,title=literal-secret::a secret
::notice file=a.yaml,line=5,col=7,title=vlan-untagged::a fact
::error file=b%2Cc.yaml,title=file-empty::empty
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestJSONHasItsShape(t *testing.T) {
	var l diag.List
	l.Add(diag.CodeUnknownKey, diag.Position{File: "a.yaml", Line: 2, Column: 3}, "no key <x>").
		WithHelp("remove it").WithRelated(diag.Position{File: "b.yaml", Line: 1, Column: 1}, "there")
	l.Add(diag.CodeEmpty, diag.Position{File: "c.yaml"}, "empty")
	var b strings.Builder
	if err := diag.PrintJSON(&b, &l); err != nil {
		t.Fatal(err)
	}
	const want = `[
  {
    "file": "a.yaml",
    "line": 2,
    "column": 3,
    "severity": "error",
    "code": "unknown-key",
    "text": "no key <x>",
    "help": "remove it",
    "related": [
      {
        "file": "b.yaml",
        "line": 1,
        "column": 1,
        "text": "there"
      }
    ]
  },
  {
    "file": "c.yaml",
    "severity": "error",
    "code": "file-empty",
    "text": "empty"
  }
]
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	b.Reset()
	if err := diag.PrintJSON(&b, &diag.List{}); err != nil || b.String() != "[]\n" {
		t.Errorf("an empty list prints %q (%v), want []", b.String(), err)
	}
}

func TestSortedKeepsFilesInOrderOfUse(t *testing.T) {
	var l diag.List
	for _, p := range []diag.Position{
		{File: "z.yaml", Line: 9, Column: 1},
		{File: "a.yaml", Line: 1, Column: 1},
		{File: "z.yaml", Line: 2, Column: 5},
		{File: "z.yaml", Line: 2, Column: 3},
		{File: "z.yaml"},
	} {
		l.Add(diag.CodeMissing, p, "x")
	}
	var got []string
	for _, d := range l.Sorted() {
		got = append(got, d.Pos.String())
	}
	if want := []string{"z.yaml", "z.yaml:2:3", "z.yaml:2:5", "z.yaml:9:1", "a.yaml:1:1"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestListCountsAndDrops(t *testing.T) {
	l := sample()
	if l.Len() != 8 || l.Count(diag.Info) != 1 || l.Count(diag.Warning) != 1 || !l.HasErrors() {
		t.Errorf("counts are wrong: %d, %d infos, %d warnings", l.Len(), l.Count(diag.Info), l.Count(diag.Warning))
	}
	l.DropInfo()
	if l.Count(diag.Info) != 0 || l.Len() != 7 {
		t.Errorf("facts are left: %d", l.Len())
	}
	l.Append(nil)
	l.Append(sample())
	if l.Len() != 15 {
		t.Errorf("%d after joining, want 15", l.Len())
	}
	var unplaced diag.List
	unplaced.Add(diag.CodeOSID, diag.Position{}, "x")
	unplaced.Locate(diag.Position{File: "a.yaml"})
	if got := unplaced.Sorted()[0].Pos.String(); got != "a.yaml" {
		t.Errorf("the place is %q, want a.yaml", got)
	}
}

func TestQuoteHidesNothingAndEndsNothing(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"ec1", `"ec1"`},
		{`a"b\c`, `"a\"b\\c"`},
		{"a\nb\x1b[2J", `"a\u{a}b\u{1b}[2J"`},
		{"\u202e\u200b\u2028\ufeff", `"\u{202e}\u{200b}\u{2028}\u{feff}"`},
		{"\U000e0001", `"\u{e0001}"`},
		{"\x00", `"\u{0}"`},
		{"\xff", `"\u{fffd}"`},
		{"Köln 上海", `"Köln 上海"`},
		{strings.Repeat("x", 61), `"` + strings.Repeat("x", 60) + `…"`},
	} {
		if got := diag.Quote(c.in); got != c.want {
			t.Errorf("Quote(%q) = %s, want %s", c.in, got, c.want)
		}
	}
}

func TestSuggest(t *testing.T) {
	keys := []string{"gateway", "gateway_address", "cloud_address", "vlan", "mtu"}
	oses := []string{"cisco-iosxe", "cisco-iosxr", "huawei-vrp8", "juniper-junos", "juniper-srx"}
	for _, c := range []struct {
		word string
		from []string
		want string
	}{
		{"gatway-address", keys, "gateway_address"},
		{"GATEWAY", keys, "gateway"},
		{"vlna", keys, ""},
		{"vlans", keys, "vlan"},
		{"nonsense", keys, ""},
		{"", keys, ""},
		{strings.Repeat("v", 70), keys, ""},
		{"ios-xe", oses, "cisco-iosxe"},
		{"junos", oses, "juniper-junos"},
		{"juniper", oses, ""}, // two of them
		{"wan_2", []string{"wan1", "wan2"}, "wan2"},
		{"上海", oses, ""},
	} {
		if got := diag.Suggest(c.word, c.from); got != c.want {
			t.Errorf("Suggest(%q) = %q, want %q", c.word, got, c.want)
		}
	}
	if got := diag.DidYouMean("nonsense", []string{"a", "b"}); got != "one of: a, b" {
		t.Errorf("got %q", got)
	}
	if got := diag.DidYouMean("nonsense", nil); got != "" {
		t.Errorf("nothing to choose from gives %q", got)
	}
}

func TestSecretsAreRecognised(t *testing.T) {
	for key, want := range map[string]bool{
		"password": true, "enable_password": true, "passphrase": true, "secret": true, "snmp_community": true, "token": true,
		"key": true, "private_key": true, "key_file": false, "password_env": false, "vlan": false, "port": false,
	} {
		if diag.LooksSecret(key) != want {
			t.Errorf("LooksSecret(%q) = %t", key, !want)
		}
	}
}

// TestCatalogueHoldsEveryCode reads the constants, so that a code cannot be
// forgotten in the list that everything else is held against.
func TestCatalogueHoldsEveryCode(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Code" {
			return true
		}
		lit, ok := spec.Values[0].(*ast.BasicLit)
		if !ok {
			return true
		}
		code, err := strconv.Unquote(lit.Value)
		if err != nil {
			t.Fatal(err)
		}
		declared = append(declared, code)
		return true
	})
	var listed []string
	for _, r := range diag.Rules() {
		listed = append(listed, string(r.Code))
		if r.Code.Severity() != r.Severity {
			t.Errorf("%s has two severities", r.Code)
		}
	}
	slices.Sort(declared)
	if !slices.Equal(declared, listed) {
		t.Errorf("declared and listed codes differ:\n%v\n%v", declared, listed)
	}
}
