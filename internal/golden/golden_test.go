// Package golden holds the shipped scenarios and their rendered configurations
// together.
package golden

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/cli"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/vendors"
)

var update = flag.Bool("update", false, "write golden/ anew")

// root changes to the top of the repository: golden files name the scenario by
// the path that a user types there.
func root(t *testing.T) {
	t.Helper()
	t.Chdir("../..")
}

// run runs the program in this process.
func run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = cli.Main(args, cli.Streams{Out: &out, Err: &errs})
	return code, out.String(), errs.String()
}

func scenarios(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("inventory/*/scenario.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

// TestGoldenFilesAreCurrent renders every shipped scenario on every system, in
// both forms, and compares with golden/. A system that must refuse a scenario
// has the refusal there.
func TestGoldenFilesAreCurrent(t *testing.T) {
	root(t)
	if *update {
		require.Empty(t, os.Getenv("CI"), "golden files are reviewed, not written by CI")
		for _, pattern := range []string{"golden/*/*/*.[ct][fx][gt]", "golden/*/*/*.tf"} {
			stale, err := filepath.Glob(pattern)
			require.NoError(t, err)
			for _, f := range stale {
				require.NoError(t, os.Remove(f))
			}
		}
		for _, command := range []string{"render", "cloud"} {
			code, _, stderr := run(t, append([]string{command, "-o", "golden"}, scenarios(t)...)...)
			require.Zero(t, code, stderr)
		}
		return
	}
	for _, command := range []string{"render", "cloud"} {
		code, stdout, stderr := run(t, append([]string{command, "--check"}, scenarios(t)...)...)
		assert.Zerof(t, code, "run `make golden` and review the difference\n%s%s", stdout, stderr)
	}
}

// TestGoldenCoversEverySystem: each shipped scenario has a folder for every
// system, and no folder is left over from a scenario that is gone.
func TestGoldenCoversEverySystem(t *testing.T) {
	root(t)
	reg, err := vendor.NewRegistry(vendors.FS)
	require.NoError(t, err)
	names := map[string]bool{}
	for _, s := range scenarios(t) {
		name := filepath.Base(filepath.Dir(s))
		names[name] = true
		for _, id := range reg.IDs() {
			files, err := filepath.Glob(filepath.Join("golden", name, id, "*"))
			require.NoError(t, err)
			assert.NotEmptyf(t, files, "scenario %s has nothing for %s", name, id)
		}
	}
	for name := range names {
		files, err := filepath.Glob(filepath.Join("golden", name, "cloud-*", "*"))
		require.NoError(t, err)
		assert.NotEmptyf(t, files, "scenario %s has nothing for its cloud", name)
	}
	have, err := os.ReadDir("golden")
	require.NoError(t, err)
	for _, e := range have {
		assert.Truef(t, names[e.Name()] || !e.IsDir(), "golden/%s belongs to no scenario", e.Name())
	}
}

// TestExamplePortsGiveTheGoldenFiles: --os prints for the model case what its
// shipped inventory gives.
func TestExamplePortsGiveTheGoldenFiles(t *testing.T) {
	root(t)
	reg, err := vendor.NewRegistry(vendors.FS)
	require.NoError(t, err)
	for _, id := range reg.IDs() {
		for _, name := range []string{"shanghai", "lab"} {
			want, err := os.ReadFile(filepath.Join("golden", name, id, "gw1.running.cfg"))
			if os.IsNotExist(err) {
				continue // refused: TestRefusals looks at it
			}
			require.NoError(t, err)
			code, stdout, stderr := run(t, "render", "inventory/"+name+"/scenario.yaml", "--os", id)
			assert.Zero(t, code, stderr)
			assert.Equalf(t, string(want), stdout, "%s on %s", name, id)
		}
	}
}

// TestRefusals: a refused scenario exits 3, and each refusal says what to use
// instead.
func TestRefusals(t *testing.T) {
	root(t)
	files, err := filepath.Glob("golden/*/*/refused.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		parts := strings.Split(filepath.ToSlash(f), "/")
		args := []string{"render", "inventory/" + parts[1] + "/scenario.yaml", "--os", parts[2]}
		if strings.HasPrefix(parts[2], "cloud-") {
			args = []string{"cloud", "inventory/" + parts[1] + "/scenario.yaml"}
		}
		code, stdout, stderr := run(t, args...)
		assert.Equal(t, 3, code, f)
		assert.Empty(t, stdout, f)
		assert.Contains(t, stderr, "error: ", f)
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		assert.Containsf(t, string(text), "help: ", "%s says no word about what to do instead", f)
	}
}

// profileOf returns the profile of a folder of golden/: the folder's name is the
// system's id, followed by the platform where that is not the default.
func profileOf(t *testing.T, reg *vendor.Registry, folder string) *vendor.Profile {
	t.Helper()
	id := ""
	for _, known := range reg.IDs() {
		if strings.HasPrefix(folder, known) && len(known) > len(id) {
			id = known
		}
	}
	p, err := reg.Profile(id)
	require.NoError(t, err)
	require.NotNil(t, p, folder)
	return p
}

// TestEveryLineHasASource: every rendered line matches a statement of its
// system's profile, which names where its form is documented.
func TestEveryLineHasASource(t *testing.T) {
	root(t)
	reg, err := vendor.NewRegistry(vendors.FS)
	require.NoError(t, err)
	files, err := filepath.Glob("golden/*/*/*.cfg")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	used := map[*vendor.Statement]bool{}
	for _, f := range files {
		p := profileOf(t, reg, filepath.Base(filepath.Dir(f)))
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		for line := range vendor.Walk(p.Syntax, string(text)) {
			s := p.Trace(line.Parent, line.Text)
			if assert.NotNilf(t, s, "%s:%d: no statement of vendors/%s/profile.yaml has the line %q under %q", f, line.Number, p.ID, line.Text, line.Parent) {
				used[s] = true
				assert.NotEmpty(t, s.Sources, "%s: %s", p.File, s.Line)
			}
		}
	}
}

// TestRenderingIsDeterministic renders the model case 100 times, others less
// often, each in a run of its own.
func TestRenderingIsDeterministic(t *testing.T) {
	root(t)
	first := map[string]string{}
	for i := range 100 {
		for _, s := range []string{"shanghai", "dual-stack", "two-gateways"} {
			if i >= 10 && s != "shanghai" {
				continue
			}
			dir := t.TempDir()
			code, _, stderr := run(t, "render", "inventory/"+s+"/scenario.yaml", "-o", dir)
			require.Zero(t, code, stderr)
			err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				text, err := os.ReadFile(path)
				rel, _ := filepath.Rel(dir, path)
				if i == 0 {
					first[rel] = string(text)
				}
				assert.Equal(t, first[rel], string(text), rel)
				return err
			})
			require.NoError(t, err)
		}
	}
	assert.NotEmpty(t, first)
}

// TestOneChangedDigitIsFound: --check names file and line of a golden file that
// differs in one digit, and exits 4.
func TestOneChangedDigitIsFound(t *testing.T) {
	root(t)
	dir := t.TempDir()
	code, _, stderr := run(t, "render", "inventory/shanghai/scenario.yaml", "-o", dir)
	require.Zero(t, code, stderr)
	files, err := filepath.Glob(filepath.Join(dir, "shanghai", "*", "*.cfg"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		i := bytes.IndexAny(text, "123456789")
		require.Positive(t, i, f)
		line := 1 + bytes.Count(text[:i], []byte("\n"))
		changed := bytes.Clone(text)
		changed[i] = '0' + (changed[i]-'0')%9 + 1
		require.NoError(t, os.WriteFile(f, changed, 0o600))
		code, stdout, _ := run(t, "render", "inventory/shanghai/scenario.yaml", "--check", "-o", dir)
		assert.Equal(t, 4, code, f)
		assert.Contains(t, stdout, filepath.ToSlash(f)+":"+strconv.Itoa(line)+": differs", f)
		require.NoError(t, os.WriteFile(f, text, 0o600))
	}
}
