package cloud

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/netip"
	"path"
	"strings"
	"text/template"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// File is one rendered file.
type File struct{ Name, Text string }

// suffix ends the name of a template that is a file of its own; other
// templates are parts that those call.
const suffix = ".tf.tmpl"

var funcs = template.FuncMap{
	"addr":   func(p netip.Prefix) string { return p.Addr().String() },
	"mask":   mask,
	"subnet": func(p netip.Prefix) string { return p.Masked().String() },
	"quote":  quote,
	"six":    func(p netip.Prefix) bool { return p.Addr().Is6() },
	"last":   func(i, n int) bool { return i == n-1 },
	"list":   func(ps []netip.Prefix) string { return quoteAll(ps) },
}

// mask returns the dotted mask of an IPv4 prefix.
func mask(p netip.Prefix) (string, error) {
	if !p.Addr().Is4() {
		return "", fmt.Errorf("%s has no dotted mask", p)
	}
	var m [4]byte
	for i := range p.Bits() {
		m[i/8] |= 1 << (7 - i%8)
	}
	return netip.AddrFrom4(m).String(), nil
}

// quote returns a text as a literal of HCL, so that nothing in it is taken for
// a template or the end of the literal.
func quote(v any) string {
	return string(hclwrite.TokensForValue(cty.StringVal(fmt.Sprint(v))).Bytes())
}

func quoteAll(ps []netip.Prefix) string {
	out := make([]string, len(ps))
	for i, p := range ps {
		out[i] = quote(p)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// Render prints the files of a plan from a file system such as templates.FS,
// in canonical form and sorted by name, and holds them against the schema: an
// error means that a template is wrong, never the scenario.
func Render(fsys fs.FS, provider string, p *Plan, schema *Schema) ([]File, error) {
	names, err := fs.Glob(fsys, provider+"/*.tmpl")
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("no templates for %s", provider)
	}
	root := template.New(provider).Funcs(funcs).Option("missingkey=error")
	for _, n := range names {
		text, err := fs.ReadFile(fsys, n)
		if err != nil {
			return nil, fmt.Errorf("read template: %w", err)
		}
		if _, err := root.New(path.Base(n)).Parse(string(text)); err != nil {
			return nil, fmt.Errorf("parse template %s: %w", n, err)
		}
	}
	var files []File
	for _, n := range names {
		if !strings.HasSuffix(n, suffix) {
			continue
		}
		var buf bytes.Buffer
		if err := root.ExecuteTemplate(&buf, path.Base(n), p); err != nil {
			return nil, fmt.Errorf("render %s: %w", n, err)
		}
		files = append(files, File{Name: strings.TrimSuffix(path.Base(n), ".tmpl"), Text: tidy(buf.Bytes())})
	}
	if err := Check(files, schema); err != nil {
		return nil, fmt.Errorf("the rendered Terraform is not what %s takes: %w", schema.Provider.Source, err)
	}
	return files, nil
}

// tidy formats as `terraform fmt` does and removes the blank lines that
// templates leave behind: none at the ends, none after an opening brace or
// before a closing one, never two in a row.
func tidy(src []byte) string {
	var out []string
	for line := range strings.Lines(string(src)) {
		line = strings.TrimRight(line, " \t\r\n")
		trimmed := strings.TrimSpace(line)
		last := ""
		if len(out) > 0 {
			last = out[len(out)-1]
		}
		if trimmed == "" && (last == "" || strings.HasSuffix(last, "{") || strings.HasSuffix(last, "[")) {
			continue
		}
		if last == "" && len(out) > 0 && (strings.HasPrefix(trimmed, "}") || strings.HasPrefix(trimmed, "]")) {
			out = out[:len(out)-1]
		}
		out = append(out, line)
	}
	for len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return string(hclwrite.Format([]byte(strings.Join(out, "\n") + "\n")))
}
