package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// check says what counts as left over beside the files that are compared.
type check struct {
	// own: other files in the folder of a rendered target.
	own bool
	// whole: folders of a rendered scenario that no target owns.
	whole bool
}

// comparison collects what differs from the files below a folder.
type comparison struct {
	st               Streams
	dir              string
	different, total int
}

// checkFiles compares the rendered files with those below dir.
func checkFiles(st Streams, dir string, all []*rendered, what check) error {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no folder %s here to compare with; run this where it is, name it with -o, or write it first with render -o %s", dir, dir)
	}
	c := &comparison{st: st, dir: dir}
	folders := map[string][]string{}
	for _, a := range all {
		if err := c.files(a, what.own); err != nil {
			return err
		}
		scenario, target, _ := strings.Cut(a.dir, "/")
		folders[scenario] = append(folders[scenario], target)
	}
	if what.whole {
		for _, a := range all {
			scenario, _, _ := strings.Cut(a.dir, "/")
			if err := c.leftOver(scenario, folders[scenario]); err != nil {
				return err
			}
			delete(folders, scenario)
		}
	}
	if c.different > 0 {
		fmt.Fprintf(st.Err, "%d of %d files differ; 'make golden' (or render -o %s) writes them anew\n", c.different, c.total, dir)
		return &exitError{code: exitDifferences}
	}
	fmt.Fprintf(st.Err, "%d files are current\n", c.total)
	return nil
}

// files compares the files of one target.
func (c *comparison) files(a *rendered, own bool) error {
	want := map[string]bool{}
	for _, f := range a.files {
		c.total++
		name := filepath.ToSlash(filepath.Join(c.dir, filepath.FromSlash(f.path)))
		want[name] = true
		old, err := os.ReadFile(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			c.differs("%s: is missing; it would be rendered with %d lines", name, strings.Count(f.text, "\n"))
		case err != nil:
			return fmt.Errorf("read golden file: %w", err)
		case string(old) == f.text:
		case strings.ReplaceAll(string(old), "\r\n", "\n") == f.text:
			c.differs("%s:1: differs in its line ends only; keep them as \\n (git: eol=lf)", name)
		default:
			c.different++
			printDifference(c.st.Out, name, string(old), f.text)
		}
	}
	if !own {
		return nil
	}
	have, err := filepath.Glob(filepath.Join(c.dir, filepath.FromSlash(a.dir), "*"))
	if err != nil {
		return fmt.Errorf("list golden files: %w", err)
	}
	for _, name := range have {
		if name = filepath.ToSlash(name); !want[name] && !isPlan(name) {
			c.differs("%s: is no longer rendered", name)
		}
	}
	return nil
}

// leftOver reports folders of a scenario that none of its targets owns.
func (c *comparison) leftOver(scenario string, targets []string) error {
	if targets == nil {
		return nil // reported already
	}
	entries, err := os.ReadDir(filepath.Join(c.dir, scenario))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list golden files: %w", err)
	}
	for _, e := range entries {
		if e.IsDir() && !slices.Contains(targets, e.Name()) && !strings.HasPrefix(e.Name(), cloudFolder) {
			c.differs("%s: is no longer rendered", filepath.ToSlash(filepath.Join(c.dir, scenario, e.Name())))
		}
	}
	return nil
}

func (c *comparison) differs(format string, args ...any) {
	c.different++
	fmt.Fprintf(c.st.Out, format+"\n", args...)
}

// isPlan reports whether a golden file belongs to another command.
func isPlan(name string) bool {
	return !slices.Contains([]string{".cfg", ".txt", ".tf"}, filepath.Ext(name))
}
