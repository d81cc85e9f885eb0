// Package render turns what a gateway must have into the text of its operating
// system's configuration. Templates print; they do not compute.
package render

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"path"
	"strings"
	"sync"
	"text/template"

	"github.com/twinpath/twinpath/internal/intent"
)

// Form is one of the two ways to write a configuration.
type Form string

// The forms.
const (
	// Running is how the device prints it back: its order, its defaults hidden.
	Running Form = "running"
	// Load is how it can be typed into the configuration mode of a fresh
	// device: objects before what refers to them, sub-modes left, commit where
	// the system has it.
	Load Form = "load"
)

// ErrNoTemplates is returned for a system without templates.
var ErrNoTemplates = errors.New("no templates")

// Renderer holds the parsed templates. It is not safe for concurrent use until
// Prepare has been called for every system and platform in use.
type Renderer struct {
	fsys fs.FS
	sets map[string]*template.Template
}

// New returns a renderer of a file system such as templates.FS.
func New(fsys fs.FS) *Renderer {
	return &Renderer{fsys: fsys, sets: map[string]*template.Template{}}
}

var funcs = template.FuncMap{
	"addr":    func(p netip.Prefix) string { return p.Addr().String() },
	"network": func(p netip.Prefix) string { return p.Masked().Addr().String() },
	"bits":    func(p netip.Prefix) int { return p.Bits() },
	"mask":    mask,
	"upper":   func(v any) string { return strings.ToUpper(fmt.Sprint(v)) },
	"join":    join,
	"args":    args,
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

// join prints values with blanks between them.
func join(vs []netip.Addr) string {
	out := make([]string, len(vs))
	for i, v := range vs {
		out[i] = v.String()
	}
	return strings.Join(out, " ")
}

// args makes named arguments of pairs of a name and a value, for a template
// that is called from several places.
func args(pairs ...any) (map[string]any, error) {
	out := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("the name of an argument is %v, not a string", pairs[i])
		}
		out[name] = pairs[i+1]
	}
	return out, nil
}

// Prepare parses the templates of a system and platform once.
func (r *Renderer) Prepare(osID, platform string) error {
	_, err := r.set(osID, platform)
	return err
}

// set returns the templates of one system. A file NAME.PLATFORM.tmpl takes the
// place of NAME.tmpl on that platform.
func (r *Renderer) set(osID, platform string) (*template.Template, error) {
	key := osID + "/" + platform
	if t := r.sets[key]; t != nil {
		return t, nil
	}
	files, err := fs.Glob(r.fsys, osID+"/*.tmpl")
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("%w for %s", ErrNoTemplates, osID)
	}
	chosen := map[string]string{}
	for _, f := range files {
		name, only, special := strings.Cut(strings.TrimSuffix(path.Base(f), ".tmpl"), ".")
		if special && only != platform {
			continue
		}
		if _, have := chosen[name]; !have || special {
			chosen[name] = f
		}
	}
	root := template.New(key).Funcs(funcs).Option("missingkey=error")
	for name, f := range chosen {
		text, err := fs.ReadFile(r.fsys, f)
		if err != nil {
			return nil, fmt.Errorf("read template: %w", err)
		}
		if _, err := root.New(name).Parse(string(text)); err != nil {
			return nil, fmt.Errorf("parse template %s: %w", f, err)
		}
	}
	r.sets[key] = root
	return root, nil
}

// buffers are reused, since a fleet is thousands of texts of about one size.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Render returns the configuration text: no blank lines, no trailing blanks,
// a newline at the end.
func (r *Renderer) Render(d *intent.Device, form Form) (string, error) {
	set, err := r.set(d.OS, d.Platform)
	if err != nil {
		return "", err
	}
	// The template sees the device itself: a field that is promoted from an
	// embedded one is looked up anew, at great cost, at every use.
	page := *d
	page.Load = form == Load
	buf, _ := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buf)
	buf.Reset()
	if err := set.ExecuteTemplate(buf, string(form), &page); err != nil {
		return "", fmt.Errorf("render gateway %s as %s: %w", d.Gateway, d.OS, err)
	}
	return tidy(buf.Bytes()), nil
}

// tidy removes what templates leave behind, in place.
func tidy(text []byte) string {
	out := text[:0] // Never longer than what was read.
	for line := range bytes.Lines(text) {
		line = bytes.TrimRight(line, " \t\r\n")
		if len(line) > 0 {
			out = append(append(out, line...), '\n')
		}
	}
	return string(out)
}
