package cloudtest

import (
	"bytes"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/cli"
	"github.com/twinpath/twinpath/internal/cloud"
	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/vendors"
)

// account is what a template of tests in testdata/<provider>/ is given: what
// the scenario says, and from the plan only which parts there are.
type account struct {
	Scenario *scenario.Scenario
	Plan     *cloud.Plan
	// Variables are those of the rendered files that have no default.
	Variables []string
	schema    *cloud.Schema
}

// write renders the cloud side of a scenario to a new folder and returns the
// folder.
func write(t *testing.T, file string) string {
	t.Helper()
	folder := t.TempDir()
	var out, errs bytes.Buffer
	code := cli.Main([]string{"cloud", file, "-o", folder}, cli.Streams{Out: &out, Err: &errs})
	require.Zero(t, code, errs.String())
	return folder
}

// writeTests puts tests of a scenario beside its rendered files.
func writeTests(t *testing.T, file, folder string, tests ...string) {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var list diag.List
	a := &account{Scenario: scenario.Decode(file, data, &list)}
	require.False(t, list.HasErrors(), file)
	provider := a.Scenario.Cloud.Provider.Val
	a.schema, err = cloud.LoadSchema(vendors.FS, provider)
	require.NoError(t, err)
	a.Plan = cloud.Build(a.Scenario, a.schema, &list)
	require.NotNil(t, a.Plan, file)
	a.Variables = variables(t, folder)

	root := template.New("").Funcs(template.FuncMap{
		"addr": func(p netip.Prefix) netip.Addr { return p.Addr() },
		"list": prefixes,
		"list4": func(of []scenario.Of[netip.Prefix]) string {
			return prefixes(slices.DeleteFunc(slices.Clone(of), func(p scenario.Of[netip.Prefix]) bool { return p.Val.Addr().Is6() }))
		},
		"object": a.object,
		"source": a.source,
		"suffix": strings.HasSuffix,
		"split":  strings.Fields,
		"before": strings.TrimSuffix,
	})
	_, err = root.ParseGlob(filepath.Join("testdata", provider, "*.tmpl"))
	require.NoError(t, err, "no tests for the cloud %s", provider)
	for _, name := range tests {
		var b bytes.Buffer
		require.NoError(t, root.ExecuteTemplate(&b, name+".tftest.hcl.tmpl", a))
		require.NoError(t, os.WriteFile(filepath.Join(folder, name+".tftest.hcl"), b.Bytes(), 0o600))
	}
}

// variables lists the variables without default.
func variables(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.tf"))
	require.NoError(t, err)
	require.NotEmpty(t, files, folder)
	var out []string
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		parsed, diags := hclsyntax.ParseConfig(text, f, hcl.InitialPos)
		require.False(t, diags.HasErrors(), diags)
		body, ok := parsed.Body.(*hclsyntax.Body)
		require.True(t, ok)
		for _, b := range body.Blocks {
			if b.Type == "variable" && b.Body.Attributes["default"] == nil {
				out = append(out, b.Labels[0])
			}
		}
	}
	return out
}

// object returns one object of a data source's computed list, with null for
// every attribute that is not given: OpenTofu wants them all.
func (a *account) object(source, list string, given ...any) (string, error) {
	block := a.schema.DataSources[source]
	if block == nil || block.Objects[list] == nil {
		return "", fmt.Errorf("%s has no list of objects %s", source, list)
	}
	values := map[string]string{}
	for name := range block.Objects[list] {
		values[name] = "null"
	}
	for i := 0; i+1 < len(given); i += 2 {
		name := fmt.Sprint(given[i])
		if values[name] == "" {
			return "", fmt.Errorf("an object of %s of %s has no %s", list, source, name)
		}
		values[name] = fmt.Sprint(given[i+1])
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(values)) {
		fmt.Fprintf(&b, "%s = %s, ", name, values[name])
	}
	return "{ " + strings.TrimSuffix(b.String(), ", ") + " }", nil
}

// source is where the cloud probes the circuit of this name from: what the
// scenario says, else an address that only an account could have chosen.
func (a *account) source(circuit string) (netip.Addr, error) {
	for i, c := range a.Scenario.Circuits {
		if c.Name.Val != circuit || c.V4.Health == nil {
			continue
		}
		if s := c.V4.Health.Source.Val; s.IsValid() {
			return s, nil
		}
		return netip.AddrFrom4([4]byte{100, 96, 0, byte(201 + i)}), nil
	}
	return netip.Addr{}, fmt.Errorf("circuit %s is not probed", circuit)
}

// prefixes writes prefixes as a list of HCL.
func prefixes(of []scenario.Of[netip.Prefix]) string {
	out := make([]string, len(of))
	for i, p := range of {
		out[i] = fmt.Sprintf("%q", p.Val)
	}
	slices.Sort(out)
	return "[" + strings.Join(out, ", ") + "]"
}
