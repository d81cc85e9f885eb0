package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/twinpath/twinpath/internal/plan"
	"github.com/twinpath/twinpath/internal/vendor"
)

// compared is a file that both folders have, with what turns the first into the
// second.
type compared struct {
	Name string `json:"name"`
	*plan.Delta
}

// areFolders reports whether both arguments are folders; one of each kind is a
// mistake.
func areFolders(before, after string) (bool, error) {
	var is [2]bool
	for i, name := range []string{before, after} {
		info, err := os.Stat(name)
		if err != nil {
			return false, err
		}
		is[i] = info.IsDir()
	}
	if is[0] != is[1] {
		return false, usageError("%s and %s must both be files or both be folders", before, after)
	}
	return is[0], nil
}

// sameNames returns the names of the files of two folders. A file that only one
// of them has is an error: its device would be passed over in silence.
func sameNames(before, after string) ([]string, error) {
	var names [2][]string
	for i, dir := range []string{before, after} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
				names[i] = append(names[i], e.Name())
			}
		}
	}
	var lone []string
	for i, dir := range []string{before, after} {
		for _, n := range names[i] {
			if !slices.Contains(names[1-i], n) {
				lone = append(lone, filepath.Join(dir, n))
			}
		}
	}
	if lone != nil {
		return nil, fmt.Errorf("only one of the two folders has %s; each file needs one of the same name in the other", strings.Join(lone, ", "))
	}
	if len(names[0]) == 0 {
		return nil, fmt.Errorf("%s holds no file", before)
	}
	return names[0], nil
}

// diffFolders compares the files of the same name of two folders, as many at
// once as there are processors.
func diffFolders(st Streams, o diffOptions, profile *vendor.Profile) error {
	if o.format == "commands" {
		return usageError("--format commands is for two files: the lines of several devices in one list could be typed at the wrong one")
	}
	names, err := sameNames(o.before, o.after)
	if err != nil {
		return err
	}
	all := make([]compared, len(names))
	failed := make([]error, len(names))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, name := range names {
		g.Go(func() error {
			d, err := diffFiles(profile, filepath.Join(o.before, name), filepath.Join(o.after, name))
			if err != nil {
				failed[i] = fmt.Errorf("%s: %w", name, err)
			}
			all[i] = compared{name, d}
			return nil
		})
	}
	_ = g.Wait() // Every failure is in its place of the list.
	if err := errors.Join(failed...); err != nil {
		return err
	}
	if err := printCompared(st.Out, o.format, all, profile.Manage.Mask); err != nil {
		return err
	}
	if o.exitCode && slices.ContainsFunc(all, func(c compared) bool { return !c.Empty() }) {
		return &exitError{code: exitDifferences}
	}
	return nil
}

func printCompared(w io.Writer, format string, all []compared, mask func(string) string) error {
	if format == "json" {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(all)
	}
	for _, c := range all {
		if _, err := fmt.Fprintf(w, "== %s\n", c.Name); err != nil {
			return err
		}
		if err := plan.PrintDelta(w, c.Delta, mask); err != nil {
			return err
		}
	}
	return nil
}

// diffFiles compares two files.
func diffFiles(profile *vendor.Profile, before, after string) (*plan.Delta, error) {
	a, err := os.ReadFile(before)
	if err != nil {
		return nil, fmt.Errorf("read the first configuration: %w", err)
	}
	b, err := os.ReadFile(after)
	if err != nil {
		return nil, fmt.Errorf("read the second configuration: %w", err)
	}
	return plan.Diff(profile, string(a), string(b))
}
