package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// table is one cloud's schema.yaml; that file's head describes every key.
type table struct {
	Version  int `yaml:"version"`
	Provider struct {
		Name       string `yaml:"name"`
		Address    string `yaml:"address"`
		Source     string `yaml:"source"`
		Constraint string `yaml:"constraint"`
		Read       string `yaml:"read"`
		Arguments  entry  `yaml:"arguments"`
	} `yaml:"provider"`
	Resources   map[string]entry `yaml:"resources"`
	DataSources map[string]entry `yaml:"data_sources"`
}

// entry is one resource or data source, or the provider's own arguments.
type entry struct {
	Doc        string                       `yaml:"doc"`
	Required   map[string]string            `yaml:"required"`
	Optional   map[string]string            `yaml:"optional"`
	Unset      map[string]string            `yaml:"unset"`
	Computed   map[string]string            `yaml:"computed"`
	Objects    map[string]map[string]string `yaml:"objects"`
	Blocks     map[string]block             `yaml:"blocks"`
	Replace    []string                     `yaml:"replace"`
	Conflicts  map[string]string            `yaml:"conflicts"`
	Refers     map[string]string            `yaml:"refers"`
	Words      map[string][]string          `yaml:"words"`
	Deprecated map[string]string            `yaml:"deprecated"`
	Removed    map[string]string            `yaml:"removed"`
	Defaults   map[string]any               `yaml:"defaults"`
}

// block is a nested block.
type block struct {
	Nesting  string              `yaml:"nesting"`
	Min      int64               `yaml:"min"`
	Max      int64               `yaml:"max"`
	Required map[string]string   `yaml:"required"`
	Optional map[string]string   `yaml:"optional"`
	Unset    map[string]string   `yaml:"unset"`
	Computed map[string]string   `yaml:"computed"`
	Words    map[string][]string `yaml:"words"`
}

// find reads the table whose provider has this name, among dir/*/schema.yaml.
func find(dir, name string) (*table, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*", "schema.yaml"))
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	var names []string
	for _, file := range files {
		t, err := read(file)
		if err != nil {
			return nil, err
		}
		if t.Provider.Name == name {
			return t, nil
		}
		names = append(names, t.Provider.Name)
	}
	return nil, fmt.Errorf("no table in %s is of the provider %q; the ones there are of %q", dir, name, names)
}

// read refuses keys that it does not know, so that a slip of the pen in the
// table does not pass as a schema with a hole.
func read(file string) (*table, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the table: %w", err)
	}
	t := &table{}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(t); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return t, nil
}

// check finds what would otherwise show as a puzzle in Terraform: an argument
// in two lists, an unknown type, a constraint on an argument that is not there.
func (t *table) check() error {
	var errs []error
	for _, kind := range []map[string]entry{t.Resources, t.DataSources, {"provider": t.Provider.Arguments}} {
		for name, e := range kind {
			for _, err := range e.check() {
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
			}
		}
	}
	return errors.Join(errs...)
}

func (e *entry) check() []error {
	errs, all := lists(e.Required, e.Optional, e.Unset, e.Computed)
	for name, b := range e.Blocks {
		if all[name] {
			errs = append(errs, fmt.Errorf("%s is an argument and a block", name))
		}
		if b.Nesting != "list" && b.Nesting != "set" {
			errs = append(errs, fmt.Errorf("block %s: nesting %q is neither list nor set", name, b.Nesting))
		}
		inner, own := lists(b.Required, b.Optional, b.Unset, b.Computed)
		errs = append(errs, inner...)
		errs = append(errs, absent("words of block "+name, maps.Keys(b.Words), own)...)
		all[name] = true
	}
	for name, attributes := range e.Objects {
		if all[name] {
			errs = append(errs, fmt.Errorf("%s stands twice", name))
		}
		inner, _ := lists(attributes)
		errs = append(errs, inner...)
		all[name] = true
	}
	errs = append(errs, absent("words", maps.Keys(e.Words), all)...)
	errs = append(errs, absent("replace", slices.Values(e.Replace), all)...)
	errs = append(errs, absent("refers", maps.Keys(e.Refers), all)...)
	errs = append(errs, absent("defaults", maps.Keys(e.Defaults), all)...)
	errs = append(errs, absent("deprecated", maps.Keys(e.Deprecated), all)...)
	errs = append(errs, absent("conflicts", maps.Keys(e.Conflicts), all)...)
	errs = append(errs, absent("conflicts", maps.Values(e.Conflicts), all)...)
	for name := range e.Removed {
		if all[name] {
			errs = append(errs, fmt.Errorf("%s is removed, and taken", name))
		}
	}
	return errs
}

// lists checks the types of arguments, and that no two lists name the same one.
func lists(of ...map[string]string) ([]error, map[string]bool) {
	var errs []error
	all := map[string]bool{}
	for _, list := range of {
		for name, word := range list {
			if all[name] {
				errs = append(errs, fmt.Errorf("%s stands in two lists", name))
			}
			all[name] = true
			if _, err := typeOf(word); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
			}
		}
	}
	return errs, all
}

func absent(key string, names func(func(string) bool), all map[string]bool) []error {
	var errs []error
	for name := range names {
		if !all[name] {
			errs = append(errs, fmt.Errorf("%s names %s, which is no argument", key, strings.TrimSpace(name)))
		}
	}
	return errs
}
