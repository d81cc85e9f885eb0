package gateway

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"text/template"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/simulate"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

// system is what is known of one operating system.
type system struct {
	device   *simulate.Device
	terminal *Terminal
}

// systems keeps what has been read: many gateways share it.
var systems sync.Map

type systemKey struct {
	fsys         fs.FS
	id, platform string
}

// loadSystem reads what is known of a system from a file system such as
// vendors.FS.
func loadSystem(fsys fs.FS, id, platform string) (*system, error) {
	key := systemKey{fsys, id, platform}
	if s, ok := systems.Load(key); ok {
		if s, ok := s.(*system); ok {
			return s, nil
		}
	}
	dec := &decoder{fsys: fsys, t: &Terminal{
		Prompts: map[string]*template.Template{}, Sections: map[string]*template.Template{}, Pipes: map[string]string{},
		Errors: map[string]*Reply{}, Refusals: map[string]*Reply{}, Messages: map[string]*Reply{},
	}}
	d, err := simulate.LoadTerminal(fsys, id, platform, dec.terminal)
	if err != nil {
		return nil, err
	}
	if dec.err == nil {
		dec.err = dec.t.check()
	}
	if dec.err != nil {
		return nil, fmt.Errorf("terminal of %s: %w", id, dec.err)
	}
	s := &system{device: d, terminal: dec.t}
	systems.Store(key, s)
	return s, nil
}

type decoder struct {
	fsys fs.FS
	t    *Terminal
	cite simulate.Cite
	err  error
}

func text(v yamlpos.Value) string {
	t, _ := v.LongText("a text")
	return t.Val
}

func texts(v yamlpos.Value) []string {
	if !v.IsSeq() {
		return []string{text(v)}
	}
	var out []string
	v.Seq("texts", func(v yamlpos.Value) { out = append(out, text(v)) })
	return out
}

func pairs(v yamlpos.Value) map[string]string {
	out := map[string]string{}
	v.Entries("values", func(k, v yamlpos.Value) { out[text(k)] = text(v) })
	return out
}

// terminal decodes the part of one file. The one of a file that is extended
// comes second, and adds what the first does not say.
func (d *decoder) terminal(v yamlpos.Value, cite simulate.Cite) {
	d.cite = cite
	t := d.t
	v.Map("terminal",
		// Of what has no source of its own: prompts, sections, the greeting.
		yamlpos.Required("source", func(v yamlpos.Value) { cite(v) }),
		yamlpos.Optional("store", func(v yamlpos.Value) { t.Store = v.OneOf("store", "live", "session", "shared").Val }),
		yamlpos.Optional("persistent", func(v yamlpos.Value) { t.Persistent = v.Bool("persistent").Val }),
		yamlpos.Optional("short", func(v yamlpos.Value) { t.Short = v.Bool("short").Val }),
		yamlpos.Optional("outside", func(v yamlpos.Value) { t.Outside = text(v) }),
		yamlpos.Optional("redisplay", func(v yamlpos.Value) { t.Redisplay = v.Bool("redisplay").Val }),
		yamlpos.Optional("fresh", func(v yamlpos.Value) { t.Fresh = d.lines(v) }),
		yamlpos.Optional("greeting", func(v yamlpos.Value) { t.Greeting = d.lines(v) }),
		yamlpos.Optional("prompts", func(v yamlpos.Value) { d.templates(v, t.Prompts) }),
		yamlpos.Optional("sections", func(v yamlpos.Value) { d.templates(v, t.Sections) }),
		yamlpos.Optional("pager", func(v yamlpos.Value) {
			v.Map("pager",
				yamlpos.Required("lines", func(v yamlpos.Value) { t.Pager.Lines = v.Int("lines", 0, 512, diag.CodeValue).Val }),
				yamlpos.Required("more", func(v yamlpos.Value) { t.Pager.More = unescape(text(v)) }),
				yamlpos.Required("erase", func(v yamlpos.Value) { t.Pager.Erase = unescape(text(v)) }),
				yamlpos.Required("source", func(v yamlpos.Value) { cite(v) }),
			)
		}),
		yamlpos.Optional("pipes", func(v yamlpos.Value) {
			v.Entries("pipes", func(k, v yamlpos.Value) {
				t.Pipes[text(k)] = v.OneOf("a pipe", "keep", "drop", "from", "section", "whole", "lines").Val
			})
		}),
		yamlpos.Optional("errors", func(v yamlpos.Value) { d.replies(v, t.Errors) }),
		yamlpos.Optional("refusals", func(v yamlpos.Value) { d.replies(v, t.Refusals) }),
		yamlpos.Optional("messages", func(v yamlpos.Value) { d.replies(v, t.Messages) }),
		yamlpos.Optional("commands", func(v yamlpos.Value) { v.Seq("commands", d.command) }),
		yamlpos.Optional("facts", func(v yamlpos.Value) { v.Seq("facts", d.fact) }),
		yamlpos.Optional("reboot", func(v yamlpos.Value) {
			v.Map("reboot",
				yamlpos.Required("say", func(v yamlpos.Value) { t.Reboot.Say = v.OneOf("say", "startup", "running").Val }),
				yamlpos.Required("source", func(v yamlpos.Value) { t.Reboot.Source, t.Reboot.Confidence = cite(v) }),
				yamlpos.Optional("confidence", func(v yamlpos.Value) { t.Reboot.Confidence = text(v) }),
			)
		}),
	)
}

// unescape writes control characters, which have no place in the data.
func unescape(s string) string {
	return strings.NewReplacer(`\e`, "\x1b", `\b`, "\b", `\r`, "\r", `\n`, "\n", `\t`, "\t").Replace(s)
}

// lines reads a template of whole lines: a list, one line, or the name of a
// file that ends in .tmpl.
func (d *decoder) lines(v yamlpos.Value) *template.Template {
	if v.IsSeq() || !strings.HasSuffix(text(v), ".tmpl") {
		return d.compile(v, unescape(strings.Join(texts(v), "\n")+"\n"))
	}
	name := text(v)
	dir := path.Dir(strings.TrimPrefix(v.Pos().File, "vendors/"))
	data, err := fs.ReadFile(d.fsys, path.Join(dir, "terminal", name))
	if err != nil {
		v.Add(diag.CodeValue, "read %s: %v", name, err)
	}
	return d.compile(v, string(data))
}

// phrase reads a template that does not end a line.
func (d *decoder) phrase(v yamlpos.Value) *template.Template {
	return d.compile(v, unescape(strings.Join(texts(v), "\n")))
}

func (d *decoder) compile(v yamlpos.Value, s string) *template.Template {
	t, err := template.New("").Funcs(functions).Option("missingkey=zero").Parse(s)
	if err != nil {
		v.Add(diag.CodeValue, "the text is no template: %v", err)
		return template.Must(template.New("").Parse(""))
	}
	return t
}

func (d *decoder) templates(v yamlpos.Value, into map[string]*template.Template) {
	v.Entries("templates", func(k, v yamlpos.Value) {
		if _, have := into[text(k)]; !have {
			into[text(k)] = d.phrase(v)
		}
	})
}

func (d *decoder) replies(v yamlpos.Value, into map[string]*Reply) {
	v.Entries("replies", func(k, v yamlpos.Value) {
		r := &Reply{}
		v.Map("a reply",
			yamlpos.Optional("say", func(v yamlpos.Value) { r.Text = d.lines(v) }),
			yamlpos.Optional("ask", func(v yamlpos.Value) { r.Text, r.Question = d.phrase(v), true }),
			yamlpos.Optional("yes", func(v yamlpos.Value) { r.Yes = texts(v) }),
			yamlpos.Required("source", func(v yamlpos.Value) { r.Source, r.Confidence = d.cite(v) }),
			yamlpos.Optional("confidence", func(v yamlpos.Value) { r.Confidence = text(v) }),
		)
		if r.Text == nil {
			v.Add(diag.CodeMissing, "a reply says or asks something")
		}
		if _, have := into[text(k)]; !have {
			into[text(k)] = r
		}
	})
}

func (d *decoder) command(v yamlpos.Value) {
	c := &Command{In: []string{"exec"}, Do: "say", Say: map[string]*template.Template{}, Ask: map[string]*Ask{}}
	v.Map("a command",
		yamlpos.Optional("in", func(v yamlpos.Value) { c.In = texts(v) }),
		yamlpos.Required("type", func(v yamlpos.Value) {
			f, err := simulate.CompileCommand(text(v))
			if err != nil {
				v.Add(diag.CodeValue, "%v", err)
			}
			c.Form = f
		}),
		yamlpos.Optional("do", func(v yamlpos.Value) { c.Do = text(v) }),
		yamlpos.Optional("with", func(v yamlpos.Value) { c.With = pairs(v) }),
		yamlpos.Optional("say", func(v yamlpos.Value) {
			if !v.IsMap() {
				c.Say["ok"] = d.lines(v)
				return
			}
			v.Entries("replies", func(k, v yamlpos.Value) { c.Say[text(k)] = d.lines(v) })
		}),
		yamlpos.Optional("ask", func(v yamlpos.Value) {
			v.Entries("questions", func(k, v yamlpos.Value) { c.Ask[text(k)] = d.ask(v) })
		}),
		yamlpos.Required("source", func(v yamlpos.Value) { c.Source, c.Confidence = d.cite(v) }),
		yamlpos.Optional("confidence", func(v yamlpos.Value) { c.Confidence = text(v) }),
	)
	d.t.Commands = append(d.t.Commands, c)
}

func (d *decoder) ask(v yamlpos.Value) *Ask {
	a := &Ask{}
	v.Map("a question",
		yamlpos.Required("text", func(v yamlpos.Value) { a.Text = d.phrase(v) }),
		yamlpos.Required("answers", func(v yamlpos.Value) { a.Answers = pairs(v) }),
		yamlpos.Optional("key", func(v yamlpos.Value) { a.Key = v.Bool("key").Val }),
		yamlpos.Optional("wrong", func(v yamlpos.Value) { a.Wrong = d.phrase(v) }),
	)
	return a
}

func (d *decoder) fact(v yamlpos.Value) {
	f := &Fact{}
	v.Map("a fact",
		yamlpos.Required("kind", func(v yamlpos.Value) {
			f.Kind = v.OneOf("kind", kinds...).Val
		}),
		yamlpos.Required("of", func(v yamlpos.Value) { f.Of = text(v) }),
		yamlpos.Optional("if", func(v yamlpos.Value) { f.If = text(v) }),
		yamlpos.Optional("unless", func(v yamlpos.Value) { f.Unless = text(v) }),
		yamlpos.Optional("get", func(v yamlpos.Value) { f.Get = pairs(v) }),
		yamlpos.Optional("set", func(v yamlpos.Value) { f.Set = pairs(v) }),
		yamlpos.Required("source", func(v yamlpos.Value) { f.Source, _ = d.cite(v) }),
	)
	d.t.Facts = append(d.t.Facts, f)
}

// check finds what a system lacks: a mode without a prompt, a command that
// does nothing known or has no words for how it may go.
func (t *Terminal) check() error {
	for _, m := range []string{modeExec, modeConfiguration} {
		if t.Prompts[m] == nil {
			return fmt.Errorf("it has no prompt of the mode %s", m)
		}
	}
	for _, name := range []string{"unknown", "incomplete", "refused"} {
		if t.Errors[name] == nil {
			return fmt.Errorf("it has no error %s", name)
		}
	}
	for _, c := range t.Commands {
		act, ok := acts[c.Do]
		if !ok {
			return fmt.Errorf("command %q does %q, which is no act", c.Form.Text, c.Do)
		}
		for _, o := range act.outcomes {
			if c.Say[o] == nil && c.Ask[o] == nil && !slices.Contains(silent, o) {
				return fmt.Errorf("command %q has no words for %s", c.Form.Text, o)
			}
		}
	}
	return nil
}
