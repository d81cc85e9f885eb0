package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestEveryTableGivesASchema reads the tables that twinpath ships.
func TestEveryTableGivesASchema(t *testing.T) {
	files, err := filepath.Glob("../../vendors/*/schema.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		table, err := read(file)
		require.NoError(t, err)
		require.NotEmpty(t, table.Resources, file)
		found, err := find("../../vendors", table.Provider.Name)
		require.NoError(t, err)
		assert.Equal(t, table, found, "two tables are of the provider %s", table.Provider.Name)
		s := &server{table: table}
		got, err := s.GetProviderSchema(t.Context(), nil)
		require.NoError(t, err)
		assert.Len(t, got.ResourceSchemas, len(table.Resources))
		assert.Len(t, got.DataSourceSchemas, len(table.DataSources))
	}
}

func TestFindNamesTheTablesThatAreThere(t *testing.T) {
	_, err := find("../../vendors", "nosuch")
	assert.ErrorContains(t, err, `no table in ../../vendors is of the provider "nosuch"; the ones there are of ["alicloud"`)
}

func TestABrokenTableIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ resource, want string }{
		"unknown key":       {"requird: {a: string}", "field requird not found"},
		"unknown type":      {"required: {a: text}", `x: a: "text" is no type`},
		"unknown outer":     {"required: {a: bag(string)}", `"bag(string)" is no type`},
		"unknown element":   {"required: {a: list(text)}", `"text" is no type`},
		"open bracket":      {"required: {a: list(string}", `"list(string" is no type`},
		"no element":        {"required: {a: list}", `"list" is no type`},
		"two lists":         {"required: {a: string}\n    unset: {a: string}", "x: a stands in two lists"},
		"argument, block":   {"required: {a: string}\n    blocks: {a: {nesting: list}}", "a is an argument and a block"},
		"nesting":           {"blocks: {a: {nesting: map}}", `block a: nesting "map" is neither list nor set`},
		"object, argument":  {"required: {a: string}\n    objects: {a: {b: string}}", "a stands twice"},
		"words of nothing":  {"words: {a: [b]}", "words names a, which is no argument"},
		"replace nothing":   {"replace: [a]", "replace names a, which is no argument"},
		"conflict":          {"required: {a: string}\n    conflicts: {a: b}", "conflicts names b, which is no argument"},
		"refers":            {"refers: {a: b}", "refers names a, which is no argument"},
		"default":           {"defaults: {a: 1}", "defaults names a, which is no argument"},
		"deprecated":        {"deprecated: {a: use b}", "deprecated names a, which is no argument"},
		"removed and taken": {"optional: {a: string}\n    removed: {a: in 1.0}", "a is removed, and taken"},
		"words in a block":  {"blocks: {a: {nesting: set, words: {b: [c]}}}", "words of block a names b, which is no argument"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "schema.yaml")
			text := "version: 1\nprovider: {name: p}\nresources:\n  x:\n    " + c.resource + "\n"
			require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
			_, err := read(file)
			assert.ErrorContains(t, err, c.want)
		})
	}
}
