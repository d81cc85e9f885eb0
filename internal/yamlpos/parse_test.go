package yamlpos_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

// quick is how long a refused file may take. It tells work that grows with the
// square of the file from work that does not, also under the race detector on a
// busy machine; it measures nothing.
const quick = 2 * time.Minute

// bounded fails the test when it takes longer than anything that a file may
// hold is allowed to cost.
func bounded(t *testing.T) {
	t.Helper()
	timer := time.AfterFunc(quick, func() { t.Errorf("takes longer than %s", quick) })
	t.Cleanup(func() { timer.Stop() })
}

// walk reads everything of a value that the walkers of decoders reach.
func walk(v yamlpos.Value) {
	switch {
	case v.IsMap():
		v.Entries("a mapping", func(k, val yamlpos.Value) {
			k.Text("a key")
			walk(val)
		})
	case v.IsSeq():
		v.Seq("a list", walk)
	default:
		v.Text("a value")
	}
}

func parse(data []byte) *diag.List {
	var list diag.List
	if top, ok := yamlpos.Parse("test.yaml", data, &list); ok {
		walk(top)
	}
	return &list
}

// bomb returns levels of lists, each ten times the one above.
func bomb(levels int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < levels; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	return b.String()
}

func TestHostileFilesAreRefusedQuickly(t *testing.T) {
	mega := 1 << 20
	for _, c := range []struct {
		name string
		data []byte
		want diag.Code
		at   string
	}{
		{"alias bomb", []byte(bomb(9)), diag.CodeAlias, "test.yaml:5:"},
		{"alias bomb of many small ones", []byte("a: &a [1, 2, 3]\nb: [" + strings.Repeat("*a, ", 200_000) + "]\n"), diag.CodeAlias, "test.yaml:2:"},
		{"alias to itself", []byte("a: &a\n  b: *a\n"), diag.CodeAlias, "test.yaml:2:6"},
		{"a million brackets", bytes.Repeat([]byte("["), mega), diag.CodeDepth, "test.yaml:1:"},
		{"a million braces", append([]byte("a: "), bytes.Repeat([]byte("{"), mega)...), diag.CodeDepth, "test.yaml:1:"},
		{"brackets in lines", []byte("a:\n" + strings.Repeat(" [\n", 100_000)), diag.CodeDepth, "test.yaml:"},
		{"brackets that begin at the edge", []byte(strings.Repeat("[\nx,", 100_000)), diag.CodeDepth, "test.yaml"},
		{"dashes", bytes.Repeat([]byte("- "), 100_000), diag.CodeDepth, "test.yaml"},
		{"question marks", bytes.Repeat([]byte("? "), 100_000), diag.CodeDepth, "test.yaml"},
		{"nested mappings", []byte(stairs(500)), diag.CodeDepth, "test.yaml:66:"},
		{"deep indentation", []byte("a:\n" + strings.Repeat(" ", 100_000) + "b: c\n"), diag.CodeDepth, "test.yaml:2:513"},
		{"NUL", []byte("a: b\x00c\n"), diag.CodeControl, "test.yaml:1:5"},
		{"escape", []byte("a: \"\x1b[2J\"\n"), diag.CodeControl, "test.yaml:1:5"},
		{"escaped escape", []byte("a: \"\\e[2J\"\n"), diag.CodeControl, "test.yaml:1:4"},
		{"escaped line break in a key", []byte("\"a\\nb\": c\n"), diag.CodeControl, "test.yaml:1:1"},
		{"invalid UTF-8", []byte("a: b\nc: \xff\xfe\n"), diag.CodeEncoding, "test.yaml:2:4"},
		{"overlong UTF-8", []byte("a: \xc0\xaf\n"), diag.CodeEncoding, "test.yaml:1:4"},
		{"a surrogate", []byte("a: \xed\xa0\x80\n"), diag.CodeEncoding, "test.yaml:1:4"},
		{"UTF-16", []byte("\xff\xfea\x00:\x00"), diag.CodeEncoding, "test.yaml:1:1"},
		{"tab", []byte("a:\n\tb: c\n"), diag.CodeTab, "test.yaml:2:1"},
		{"tab behind blanks", []byte("a:\n  \tb: c\n"), diag.CodeTab, "test.yaml:2:3"},
		{"duplicate key", []byte("a: 1\nb: 2\na: 3\n"), diag.CodeDuplicateKey, "test.yaml:3:1"},
		{"bidirectional override", []byte("a: \u202eb\n"), diag.CodeControl, "test.yaml:1:4"},
		{"zero-width space", []byte("a\u200b: b\n"), diag.CodeControl, "test.yaml:1:2"},
		{"byte order mark in the middle", []byte("a: b\ufeff\n"), diag.CodeControl, "test.yaml:1:5"},
		{"too many values", bytes.Repeat([]byte("-\n"), 3*mega), diag.CodeFileLimit, "test.yaml"},
		{"too many bytes", bytes.Repeat([]byte("x"), yamlpos.MaxBytes+1), diag.CodeFileLimit, "test.yaml"},
		{"a long key", append(bytes.Repeat([]byte("k"), 10*mega), ": v"...), diag.CodeSyntax, "test.yaml"},
		{"a long value", append([]byte("a: "), bytes.Repeat([]byte("v"), 10*mega)...), diag.CodeValue, "test.yaml:1:4"},
		{"two documents", []byte("a: b\n---\nc: d\n"), diag.CodeSyntax, "test.yaml:2:1"},
		{"a list", []byte("- a\n"), diag.CodeType, "test.yaml:1:1"},
		{"a word", []byte("word\n"), diag.CodeType, "test.yaml:1:1"},
		{"nothing", []byte("~\n"), diag.CodeEmpty, "test.yaml"},
		{"empty", nil, diag.CodeEmpty, "test.yaml"},
		{"comments", []byte("# a\n# b\n"), diag.CodeEmpty, "test.yaml"},
		{"a mapping as key", []byte("{a: b}: c\n"), diag.CodeType, "test.yaml:1:1"},
		{"unclosed quote", []byte("a: \"b\nc: d\n"), diag.CodeSyntax, "test.yaml:"},
		{"unknown anchor", []byte("a: b\nc: *x\n"), diag.CodeSyntax, "test.yaml:2:4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bounded(t)
			list := parse(c.data)
			for _, d := range list.Sorted() {
				if d.Code == c.want {
					if !strings.HasPrefix(d.Pos.String(), c.at) {
						t.Errorf("found at %s, want %s", d.Pos, c.at)
					}
					return
				}
			}
			for _, d := range list.Sorted()[:min(3, list.Len())] {
				t.Errorf("found only %s: %s [%s]", d.Pos, d.Text, d.Code)
			}
			t.Errorf("no %s", c.want)
		})
	}
}

// stairs returns mappings that nest n deep, on lines of their own.
func stairs(n int) string {
	var b strings.Builder
	for i := range min(n, 250) {
		fmt.Fprintf(&b, "%sa:\n", strings.Repeat(" ", i))
	}
	return b.String()
}

func TestHugeButHonestFilesAreRead(t *testing.T) {
	var b strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&b, "k%d: v # [\n", i)
	}
	bounded(t)
	if list := parse([]byte(b.String())); list.Len() != 0 {
		t.Errorf("%s", list.Sorted()[0].Text)
	}
}

func TestManyUnknownKeysAreReportedQuickly(t *testing.T) {
	var b strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&b, "gatewayaddress%d: v\n", i)
	}
	var list diag.List
	bounded(t)
	top, ok := yamlpos.Parse("test.yaml", []byte(b.String()), &list)
	if !ok {
		t.Fatal("not parsed")
	}
	top.Map("it", yamlpos.Key{Name: "gateway_address"}, yamlpos.Key{Name: "cloud_address"})
	if list.Len() != 100_000 {
		t.Errorf("%d diagnostics", list.Len())
	}
}

func TestHarmlessFormsAreAccepted(t *testing.T) {
	for name, data := range map[string]string{
		"byte order mark":      "\ufeffa: b\n",
		"Windows line ends":    "a: b\r\nc:\r\n  - d\r\n",
		"no line end":          "a: b",
		"brackets in comments": "a: b # [[[\n" + strings.Repeat("# {{{ [[[\n", 200) + "c: d\n",
		"brackets in quotes":   strings.Repeat("a: b\n", 0) + "a: \"[\"\nb: '{'\n",
		"tab inside a value":   "a: b # \tcomment\n",
		"anchors":              "a: &x 1\nb: *x\n",
		"other scripts":        "a: 上海 Köln\n",
	} {
		if list := parse([]byte(data)); list.Len() != 0 {
			t.Errorf("%s: %s [%s]", name, list.Sorted()[0].Text, list.Sorted()[0].Code)
		}
	}
}

func TestPositionsCountCharacters(t *testing.T) {
	for name, data := range map[string]string{
		"plain": "ö: [上海, {x: y}]\n", "byte order mark": "\ufefföö\r\n"[:0] + "\ufeffö: [上海, {x: y}]\n", "Windows": "ö: [上海, {x: y}]\r\n",
	} {
		var list diag.List
		top, ok := yamlpos.Parse("test.yaml", []byte(data), &list)
		if !ok {
			t.Fatalf("%s: not parsed", name)
		}
		var got []string
		top.Entries("it", func(_, v yamlpos.Value) {
			v.Seq("it", func(v yamlpos.Value) { got = append(got, fmt.Sprint(v.Pos(), " ", v.Pos().Width)) })
		})
		if want := "[test.yaml:1:5 2 test.yaml:1:9 1]"; fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestLargeFileIsRefusedUnread(t *testing.T) {
	name := filepath.Join(t.TempDir(), "sparse.yaml")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	err = f.Truncate(1 << 40) // a terabyte of holes
	if err := errors.Join(err, f.Close()); err != nil {
		t.Skipf("no sparse files here: %v", err)
	}
	var list diag.List
	if data := yamlpos.ReadFile(name, &list); data != nil || list.Len() != 1 || list.Sorted()[0].Code != diag.CodeFileLimit {
		t.Errorf("%d bytes, %d diagnostics", len(data), list.Len())
	}
}

func TestUnreadableFilesAreDiagnostics(t *testing.T) {
	for _, name := range []string{filepath.Join(t.TempDir(), "missing.yaml"), t.TempDir(), os.DevNull} {
		var list diag.List
		if data := yamlpos.ReadFile(name, &list); data != nil || list.Len() != 1 || list.Sorted()[0].Code != diag.CodeFile {
			t.Errorf("%s: %d bytes, %d diagnostics", name, len(data), list.Len())
		}
	}
}

func TestScalars(t *testing.T) {
	type value = yamlpos.Value
	for _, c := range []struct {
		text string
		read func(value)
		want diag.Code
	}{
		{"7", func(v value) { v.Int("it", 1, 9, diag.CodeValue) }, ""},
		{"10", func(v value) { v.Int("it", 1, 9, diag.CodeValue) }, diag.CodeValue},
		{"007", func(v value) { v.Int("it", 1, 9, diag.CodeValue) }, diag.CodeType},
		{"+7", func(v value) { v.Int("it", 1, 9, diag.CodeValue) }, diag.CodeType},
		{"0x7", func(v value) { v.Int("it", 1, 9, diag.CodeValue) }, diag.CodeType},
		{"7.0", func(v value) { v.Int("it", 1, 9, diag.CodeValue) }, diag.CodeType},
		{"99999999999999999999", func(v value) { v.Int("it", 1, 9, diag.CodeValue) }, diag.CodeValue},
		{"'7'", func(v value) { v.Int("it", 1, 9, diag.CodeValue) }, diag.CodeType},
		{"[7]", func(v value) { v.Int("it", 1, 9, diag.CodeValue) }, diag.CodeType},
		{"0.5", func(v value) { v.Fraction("it") }, ""},
		{"1", func(v value) { v.Fraction("it") }, diag.CodeValue},
		{"NaN", func(v value) { v.Fraction("it") }, diag.CodeType},
		{"50%", func(v value) { v.Fraction("it") }, diag.CodeType},
		{"true", func(v value) { v.Bool("it") }, ""},
		{"True", func(v value) { v.Bool("it") }, ""},
		{"'true'", func(v value) { v.Bool("it") }, diag.CodeType},
		{"'0.5'", func(v value) { v.Fraction("it") }, diag.CodeType},
		{"yes", func(v value) { v.Bool("it") }, diag.CodeType},
		{"2s", func(v value) { v.Duration("it", time.Second, time.Minute, diag.CodeTimerRange) }, ""},
		{"2m", func(v value) { v.Duration("it", time.Second, time.Minute, diag.CodeTimerRange) }, diag.CodeTimerRange},
		{"2", func(v value) { v.Duration("it", time.Second, time.Minute, diag.CodeTimerRange) }, diag.CodeType},
		{"-2s", func(v value) { v.Duration("it", time.Second, time.Minute, diag.CodeTimerRange) }, diag.CodeType},
		{"+2s", func(v value) { v.Duration("it", time.Second, time.Minute, diag.CodeTimerRange) }, diag.CodeType},
		{"0", func(v value) { v.Duration("it", 0, time.Minute, diag.CodeTimerRange) }, diag.CodeType},
		{"99999999999s", func(v value) { v.Duration("it", time.Second, time.Minute, diag.CodeTimerRange) }, diag.CodeTimerRange},
		{"10.0.0.1", func(v value) { v.Addr("it") }, ""},
		{"10.0.0.01", func(v value) { v.Addr("it") }, diag.CodeAddress},
		{"10.0.0.1/30", func(v value) { v.Addr("it") }, diag.CodeAddress},
		{"2001:db8::1", func(v value) { v.Addr("it") }, ""},
		{"fe80::1%eth0", func(v value) { v.Addr("it") }, diag.CodeAddress},
		{"::ffff:10.0.0.1", func(v value) { v.Addr("it") }, diag.CodeAddress},
		{"224.0.0.1", func(v value) { v.Addr("it") }, diag.CodeAddress},
		{"'::1'", func(v value) { v.Addr("it") }, diag.CodeAddress},
		{"0.0.0.0", func(v value) { v.Addr("it") }, diag.CodeAddress},
		{"10.0.0.1:2055", func(v value) { v.AddrPort("it") }, ""},
		{"'[2001:db8::1]:2055'", func(v value) { v.AddrPort("it") }, ""},
		{"10.0.0.1:0", func(v value) { v.AddrPort("it") }, diag.CodeAddress},
		{"10.0.0.1", func(v value) { v.AddrPort("it") }, diag.CodeAddress},
		{"collector:2055", func(v value) { v.AddrPort("it") }, diag.CodeAddress},
		{"10.0.0.1/31", func(v value) { v.Interface("it") }, ""},
		{"10.0.0.1/33", func(v value) { v.Interface("it") }, diag.CodeAddress},
		{"10.0.0.0/8", func(v value) { v.Prefix("it") }, ""},
		{"10.0.0.1/8", func(v value) { v.Prefix("it") }, diag.CodeHostBits},
		{"a", func(v value) { v.OneOf("it", "a", "b") }, ""},
		{"c", func(v value) { v.OneOf("it", "a", "b") }, diag.CodeWord},
	} {
		var list diag.List
		top, ok := yamlpos.Parse("test.yaml", []byte("v: "+c.text), &list)
		if !ok {
			t.Fatalf("%s: not parsed", c.text)
		}
		top.Entries("it", func(_, v yamlpos.Value) { c.read(v) })
		var got diag.Code
		if list.Len() > 0 {
			got = list.Sorted()[0].Code
		}
		if got != c.want || list.Len() > 1 {
			t.Errorf("%s: %d diagnostics, first %q, want %q", c.text, list.Len(), got, c.want)
		}
	}
}

func TestRefusedValueKeepsTheDefault(t *testing.T) {
	var list diag.List
	top, ok := yamlpos.Parse("test.yaml", []byte("a: 2\nb: 3s\n"), &list)
	if !ok {
		t.Fatal("not parsed")
	}
	a, b := yamlpos.Default(time.Second), yamlpos.Default(time.Second)
	span := func(o *yamlpos.Of[time.Duration]) func(yamlpos.Value) {
		return func(v yamlpos.Value) { o.Take(v.Duration("it", 0, time.Minute, diag.CodeTimerRange)) }
	}
	top.Map("it", yamlpos.Key{Name: "a", Decode: span(&a)}, yamlpos.Key{Name: "b", Decode: span(&b)})
	if a.Val != time.Second || a.Set || !a.Bad() || a.Pos.Line != 1 {
		t.Errorf("the refused value is %+v", a)
	}
	if b.Val != 3*time.Second || !b.Set || b.Bad() {
		t.Errorf("the value is %+v", b)
	}
}
