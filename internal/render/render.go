// Package render turns what a gateway must have into the text of its operating
// system's configuration. Templates print; they do not compute.
package render

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"path"
	"strings"
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

// page is what a template sees.
type page struct {
	*intent.Device
	// Load is true for the load form.
	Load bool
}

var funcs = template.FuncMap{
	"addr":    func(p netip.Prefix) string { return p.Addr().String() },
	"network": func(p netip.Prefix) string { return p.Masked().Addr().String() },
	"bits":    func(p netip.Prefix) int { return p.Bits() },
	"mask":    mask,
	"upper":   func(v any) string { return strings.ToUpper(fmt.Sprint(v)) },
	"join":    join,
}

// mask returns the dotted mask of an IPv4 prefix.
func mask(p netip.Prefix) string {
	return net.IP(net.CIDRMask(p.Bits(), p.Addr().BitLen())).String()
}

// join prints values with blanks between them.
func join(vs []netip.Addr) string {
	out := make([]string, len(vs))
	for i, v := range vs {
		out[i] = v.String()
	}
	return strings.Join(out, " ")
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

// Render returns the configuration text: no blank lines, no trailing blanks,
// a newline at the end.
func (r *Renderer) Render(d *intent.Device, form Form) (string, error) {
	set, err := r.set(d.OS, d.Platform)
	if err != nil {
		return "", err
	}
	var buf bytes.Buffer
	if err := set.ExecuteTemplate(&buf, string(form), page{Device: d, Load: form == Load}); err != nil {
		return "", fmt.Errorf("render gateway %s as %s: %w", d.Gateway, d.OS, err)
	}
	return tidy(buf.Bytes()), nil
}

// tidy removes what templates leave behind.
func tidy(text []byte) string {
	var out strings.Builder
	out.Grow(len(text))
	for line := range bytes.Lines(text) {
		line = bytes.TrimRight(line, " \t\r\n")
		if len(line) > 0 {
			out.Write(line)
			out.WriteByte('\n')
		}
	}
	return out.String()
}
