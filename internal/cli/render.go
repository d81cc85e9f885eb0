package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/intent"
	"github.com/twinpath/twinpath/internal/render"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/templates"
)

// parallel bounds the work done at once.
var parallel = runtime.GOMAXPROCS(0)

// refusedFile stands in golden/ for a system that must refuse a scenario.
const refusedFile = "refused.txt"

type renderOptions struct {
	scenarios []string
	inventory string
	os        string
	platform  string
	gateway   string
	form      string
	dir       string
	check     bool
	sources   bool
	outputs   string
}

func newRender(st Streams) *cobra.Command {
	var o renderOptions
	cmd := &cobra.Command{
		Use:   "render SCENARIO... [-i INVENTORY | --os OS]",
		Short: "Render the configuration of the gateways",
		Long: `Renders what each gateway must have, as text of its operating system.

One gateway without -o goes to standard output. With -o, each gateway becomes
DIR/<scenario>/<inventory or OS>/<gateway>.<form>.cfg. Without -i and --os, -o and
--check take every inventory that stands beside the scenario (every OS when none
does); a system that must refuse the scenario becomes ` + refusedFile + ` there.

--form running   as the device prints it back (the default)
--form load      as it can be typed into the configuration mode of a fresh device
-o and --check work on both forms unless --form is given.

--check compares with the files in DIR (default golden/), writes nothing, and
prints what differs.

Exit codes: 0 ok · 3 invalid input or not possible on this system · 4 --check
found differences.`,
		Example: `  twinpath render inventory/shanghai/scenario.yaml --os OS
  twinpath render inventory/shanghai/scenario.yaml -i INVENTORY --form load
  twinpath render inventory/*/scenario.yaml --check`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			o.scenarios = args
			return runRender(st, o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.inventory, "inventory", "i", "", "inventory `FILE` that binds the gateways to devices")
	f.StringVar(&o.os, "os", "", "render every gateway as this `OS`, with its example ports")
	f.StringVar(&o.platform, "platform", "", "with --os: render for this `PLATFORM` of the system")
	f.StringVar(&o.gateway, "gateway", "", "render only this `GATEWAY`")
	f.StringVar(&o.form, "form", "", "running or load (default running)")
	f.StringVarP(&o.dir, "output", "o", "", "write files below this `DIR`")
	f.BoolVar(&o.check, "check", false, "compare with the files below DIR and write nothing")
	f.BoolVar(&o.sources, "sources", false, "print beside each line where its form is documented")
	outputsFlag(cmd, &o.outputs)
	complete(cmd, "form", string(render.Running), string(render.Load))
	completeOS(cmd)
	return cmd
}

// completeOS offers the known systems for --os.
func completeOS(cmd *cobra.Command) {
	// The only error is a flag that does not exist, which a test would show.
	_ = cmd.RegisterFlagCompletionFunc("os", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		in, err := newInput()
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return in.registry.IDs(), cobra.ShellCompDirectiveNoFileComp
	})
}

// output is one rendered file: its path below DIR and its text.
type output struct {
	path string
	text string
}

// rendered is the outcome of one scenario on one target.
type rendered struct {
	dir   string
	files []output
	list  diag.List
}

func runRender(st Streams, o renderOptions) error {
	quick()
	forms, err := o.forms()
	if err != nil {
		return err
	}
	if err := o.exclusions(); err != nil {
		return err
	}
	in, err := newInput()
	if err != nil {
		return err
	}
	if err := in.useOutputs(o.outputs, o.scenarios); err != nil {
		return err
	}
	scenarios, inv := in.load(o.scenarios, o.inventory)
	if in.list.HasErrors() {
		return st.printDiagnostics(in)
	}
	fixed := o.inventory != "" || o.os != ""
	if !fixed {
		in.list = diag.List{} // Many scenarios at once: what validate says of each would bury the differences.
	}
	if !fixed && o.dir == "" && !o.check {
		return usageError("name an inventory (-i FILE) or an operating system (--os OS: %s)", strings.Join(in.registry.IDs(), ", "))
	}
	r := &renderRun{in: in, o: o, forms: forms, renderer: render.New(templates.FS), whole: !fixed && o.gateway == "" && o.form == ""}
	var all []*rendered
	for _, s := range scenarios {
		targets := []target{{name: targetName(o.inventory), inv: inv}}
		if o.os != "" {
			targets = []target{{name: o.os, os: o.os, platform: o.platform}}
		} else if inv == nil {
			if targets, err = in.besides(s); err != nil {
				return err
			}
		}
		for _, t := range targets {
			out, err := r.render(s, t)
			if err != nil {
				return err
			}
			if fixed {
				in.list.Append(&out.list)
			} else if out.list.HasErrors() {
				out.files = []output{{path: out.dir + "/" + refusedFile, text: refusal(&out.list)}}
			}
			all = append(all, out)
		}
	}
	in.list.DropInfo()
	if err := st.printDiagnostics(in); err != nil {
		return err
	}
	return r.finish(st, all)
}

// exclusions refuses flags that contradict each other.
func (o renderOptions) exclusions() error {
	switch {
	case o.inventory != "" && o.os != "":
		return usageError("-i names real devices, --os example ports: give one of them")
	case o.platform != "" && o.os == "":
		return usageError("--platform needs --os; with an inventory, write platform into it")
	case o.check && o.sources:
		return usageError("--check compares with files that hold no sources: leave --sources away")
	}
	return nil
}

// forms returns the forms to render.
func (o renderOptions) forms() ([]render.Form, error) {
	switch o.form {
	case "":
		if o.dir != "" || o.check {
			return []render.Form{render.Running, render.Load}, nil
		}
		return []render.Form{render.Running}, nil
	case string(render.Running), string(render.Load):
		return []render.Form{render.Form(o.form)}, nil
	}
	return nil, usageError("--form is running or load, not %q", o.form)
}

// refusal is the text of the golden file of a scenario that a system refuses.
func refusal(l *diag.List) string {
	var b strings.Builder
	for _, d := range l.Sorted() {
		if d.Severity != diag.Error {
			continue
		}
		fmt.Fprintf(&b, "%s: %s: %s [%s]\n", d.Pos, d.Severity, d.Text, d.Code)
		if d.Help != "" {
			fmt.Fprintf(&b, "    help: %s\n", d.Help)
		}
	}
	return b.String()
}

// renderRun is one run of the command.
type renderRun struct {
	in       *input
	o        renderOptions
	forms    []render.Form
	renderer *render.Renderer
	// whole is true when everything of a scenario is rendered, so that what
	// stands in golden/ beside it is left over.
	whole bool
}

// render renders one scenario on one target.
func (r *renderRun) render(s *scenario.Scenario, t target) (*rendered, error) {
	out := &rendered{dir: s.Name.Val + "/" + t.name}
	gws, err := r.in.gateways(&out.list, s, t, r.o.gateway)
	if err != nil {
		return nil, err
	}
	for _, g := range gws {
		if pl := g.profile.Platform(g.inv.Platform.Val); pl != nil {
			if err := r.renderer.Prepare(g.profile.ID, pl.ID); err != nil {
				return nil, err
			}
		}
	}
	files := make([][]output, len(gws))
	errs := make([]error, len(gws))
	build(&out.list, s, gws, func(i int, d *intent.Device, l *diag.List) {
		if l.HasErrors() {
			return
		}
		for _, form := range r.forms {
			text, err := r.renderer.Render(d, form)
			if err != nil {
				errs[i] = err
				return
			}
			if r.o.sources {
				text = withSources(gws[i].profile, text)
			}
			files[i] = append(files[i], output{path: fmt.Sprintf("%s/%s.%s.cfg", out.dir, d.Gateway, form), text: text})
		}
	})
	for _, f := range files {
		out.files = append(out.files, f...)
	}
	return out, errors.Join(errs...)
}

// withSources appends to each line where its form is documented.
func withSources(p *vendor.Profile, text string) string {
	var b strings.Builder
	for line := range vendor.Walk(p.Syntax, text) {
		s := p.Trace(line.Parent, line.Text)
		if s == nil {
			fmt.Fprintf(&b, "%s\n", line.Raw)
			continue
		}
		var titles []string
		for _, k := range s.Sources {
			titles = append(titles, p.Sources[k].Title)
		}
		fmt.Fprintf(&b, "%-72s <- %s: %s\n", line.Raw, p.Confidence(s.Sources), strings.Join(titles, "; "))
	}
	return b.String()
}

// finish prints, writes or compares.
func (r *renderRun) finish(st Streams, all []*rendered) error {
	switch {
	case r.o.check:
		return checkFiles(st, r.goldenDir(), all, check{own: r.o.gateway == "" && r.o.form == "", whole: r.whole})
	case r.o.dir != "":
		return writeFiles(st, r.o.dir, all)
	}
	n := 0
	for _, a := range all {
		n += len(a.files)
	}
	if n > 1 {
		return usageError("%d gateways were rendered; choose one with --gateway, or a folder with -o", n)
	}
	for _, a := range all {
		for _, f := range a.files {
			if _, err := fmt.Fprint(st.Out, f.text); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *renderRun) goldenDir() string {
	if r.o.dir != "" {
		return r.o.dir
	}
	return "golden"
}

// writeFiles writes every file, several at once.
func writeFiles(st Streams, dir string, all []*rendered) error {
	written, made := 0, map[string]bool{}
	var g errgroup.Group
	g.SetLimit(parallel)
	for _, a := range all {
		for _, f := range a.files {
			if d := filepath.Join(dir, filepath.Dir(filepath.FromSlash(f.path))); !made[d] {
				if err := os.MkdirAll(d, 0o755); err != nil {
					return errors.Join(fmt.Errorf("make folder: %w", err), g.Wait())
				}
				made[d] = true
			}
		}
		for files := range slices.Chunk(a.files, 64) {
			g.Go(func() error {
				for _, f := range files {
					if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(f.path)), []byte(f.text), 0o644); err != nil {
						return fmt.Errorf("write configuration: %w", err)
					}
				}
				return nil
			})
		}
		written += len(a.files)
	}
	if err := g.Wait(); err != nil {
		return err
	}
	fmt.Fprintf(st.Err, "%d files written below %s\n", written, dir)
	return nil
}
