package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// member is one argument or attribute as an interface of the package says it.
type member struct {
	required bool
	typ      string // string, number, bool, list or map; other for an object
}

// drift compares a table with the TypeScript declarations of a package that is
// generated from the same provider, and writes each difference to w.
func drift(w io.Writer, dir string, args []string) error {
	if len(args) < 2 {
		return errors.New("usage: tfprovider drift PROVIDER PACKAGE [NAME=FILE]")
	}
	t, err := find(dir, args[0])
	if err != nil {
		return err
	}
	c := &comparison{w: w, root: args[1], files: map[string]string{}}
	for _, a := range args[2:] {
		name, file, _ := strings.Cut(a, "=")
		c.files[name] = file
	}
	if err := c.index(t.Provider.Name); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(t.Resources)) {
		c.compare(name, t.Resources[name], c.files[name], "Args", "State")
	}
	for _, name := range slices.Sorted(maps.Keys(t.DataSources)) {
		c.compare(name, t.DataSources[name], c.source(name), "Args", "Result")
	}
	fmt.Fprintf(w, "%d resources and data sources compared, %d differences\n", len(t.Resources)+len(t.DataSources), c.found)
	if c.found > 0 {
		return fmt.Errorf("the table of %s and the package differ", t.Provider.Name)
	}
	return nil
}

type comparison struct {
	w     io.Writer
	root  string
	files map[string]string // by the provider's name: the path without .d.ts
	found int
}

func (c *comparison) tell(format string, args ...any) {
	c.found++
	fmt.Fprintf(c.w, format+"\n", args...)
}

// index finds the declaration of each name: the package puts NAME_OF_THING in
// nameOf/thing.d.ts, or in nameOf/getThing.d.ts for a data source.
func (c *comparison) index(provider string) error {
	return filepath.WalkDir(c.root, func(path string, d fs.DirEntry, err error) error {
		name, is := strings.CutSuffix(path, ".d.ts")
		if err != nil || d.IsDir() || !is {
			return err
		}
		rel, err := filepath.Rel(c.root, name)
		if err != nil {
			return err
		}
		key := provider + "/" + strings.ToLower(strings.ReplaceAll(filepath.ToSlash(rel), "/", ""))
		c.files[key] = filepath.ToSlash(rel)
		return nil
	})
}

// file is where a resource is declared, or "".
func (c *comparison) file(name, verb string) string {
	provider, rest, _ := strings.Cut(name, "_")
	words := strings.Split(rest, "_")
	for i := range words {
		key := provider + "/" + strings.Join(words[:i], "") + verb + strings.Join(words[i:], "")
		if f := c.files[key]; f != "" {
			return f
		}
	}
	return ""
}

func (c *comparison) source(name string) string {
	if f := c.files[name]; f != "" {
		return f
	}
	return c.file(name, "get")
}

var (
	head  = regexp.MustCompile(`(?m)^export interface (\w+) \{\n`)
	line  = regexp.MustCompile(`(?m)^    (?:readonly )?(\w+)(\??): (.*)$`)
	upper = regexp.MustCompile(`([A-Z])`)
)

// interfaces reads the members of every interface of a declaration file.
func (c *comparison) interfaces(file string) (map[string]map[string]member, error) {
	b, err := os.ReadFile(filepath.Join(c.root, filepath.FromSlash(file)+".d.ts"))
	if err != nil {
		return nil, fmt.Errorf("read the package: %w", err)
	}
	out := map[string]map[string]member{}
	text := string(b)
	for _, at := range head.FindAllStringSubmatchIndex(text, -1) {
		body, _, _ := strings.Cut(text[at[1]:], "\n}")
		members := map[string]member{}
		for _, m := range line.FindAllStringSubmatch(body, -1) {
			snake := upper.ReplaceAllStringFunc(m[1], func(s string) string { return "_" + strings.ToLower(s) })
			members[snake] = member{required: m[2] == "", typ: kind(m[3])}
		}
		out[text[at[2]:at[3]]] = members
	}
	return out, nil
}

// kind is a TypeScript type in the words of the table.
func kind(typ string) string {
	switch {
	case strings.Contains(typ, "[]"):
		return "list"
	case strings.HasSuffix(typ, "{"):
		return "map"
	}
	typ = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(typ, ";"), "pulumi.Input<"), ">"), " | undefined")
	switch typ {
	case "string", "number":
		return typ
	case "boolean":
		return "bool"
	}
	return "other"
}

// compare holds one entry against the interfaces of its file.
func (c *comparison) compare(name string, e entry, file, argsSuffix, attrsSuffix string) {
	if file == "" {
		file = c.file(name, "")
	}
	if file == "" {
		c.tell("%s: the package does not have it", name)
		return
	}
	all, err := c.interfaces(file)
	if err != nil {
		c.tell("%s: %v", name, err)
		return
	}
	base := strings.ToUpper(file[strings.LastIndex(file, "/")+1:][:1]) + file[strings.LastIndex(file, "/")+1:][1:]
	args, attrs := all[base+argsSuffix], all[base+attrsSuffix]
	given := map[string]bool{}
	for list, of := range map[string]map[string]string{"required": e.Required, "optional": e.Optional, "unset": e.Unset} {
		for _, arg := range slices.Sorted(maps.Keys(of)) {
			given[arg] = true
			c.argument(name, arg, member{list == "required", outer(of[arg])}, args)
		}
	}
	for block, b := range e.Blocks {
		given[block] = true
		c.argument(name, block, member{b.Min > 0, outer(b.Nesting)}, args)
	}
	for attr, word := range e.Computed {
		if m, ok := look(attrs, attr); ok && m.typ != outer(word) {
			c.tell("%s: %s is %s, the package says %s", name, attr, word, m.typ)
		} else if !ok {
			c.tell("%s: the package has no attribute %s", name, attr)
		}
	}
	for attr := range e.Objects {
		if m, ok := look(attrs, attr); !ok || m.typ != "list" {
			c.tell("%s: the package has no list %s", name, attr)
		}
	}
	for _, arg := range slices.Sorted(maps.Keys(args)) {
		if one := strings.TrimSuffix(arg, "s"); !given[arg] && !given[one] && e.Computed[arg] == "" && e.Removed[arg] == "" {
			fmt.Fprintf(c.w, "note: %s also takes %s, which the table leaves away\n", name, arg)
		}
	}
}

func (c *comparison) argument(name, arg string, want member, args map[string]member) {
	m, ok := look(args, arg)
	switch {
	case !ok:
		c.tell("%s: the package has no argument %s", name, arg)
	case m.required != want.required:
		c.tell("%s: %s is required: %t, the package says %t", name, arg, want.required, m.required)
	case m.typ != want.typ && m.typ != "other":
		c.tell("%s: %s is %s, the package says %s", name, arg, want.typ, m.typ)
	}
}

// look finds a member under its name or under the plural that the package
// makes of a list's.
func look(of map[string]member, name string) (member, bool) {
	m, ok := of[name]
	if !ok {
		m, ok = of[name+"s"]
		ok = ok && m.typ == "list"
	}
	return m, ok
}

// outer is a type of the table as the package tells types apart.
func outer(word string) string {
	switch before, _, _ := strings.Cut(word, "("); before {
	case "list", "set":
		return "list"
	default:
		return before
	}
}
