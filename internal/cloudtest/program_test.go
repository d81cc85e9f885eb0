package cloudtest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/cloud"
	"github.com/twinpath/twinpath/vendors"
)

// program is a terraform or tofu with the project's own provider in the place
// of the real one.
type program struct {
	name, path, config string
	// last is true of one program: what is slow is held with that one only.
	last bool
}

// programs returns every terraform and tofu of this machine: from PATH, and the
// one that tools/tofu/install.sh builds. Where there is none, or the provider
// cannot be built, the test says so in one line and ends; where TWINPATH_CLOUD
// is "required" that is a failure.
func programs(t *testing.T) []program {
	t.Helper()
	if testing.Short() {
		t.Skip("terraform is not run by go test -short")
	}
	found, err := ready()
	if err != nil {
		require.NotEqual(t, "required", os.Getenv("TWINPATH_CLOUD"), err)
		t.Skip(err)
	}
	return found
}

// TestMain removes what ready built.
func TestMain(m *testing.M) {
	code := m.Run()
	if dir != "" {
		if err := os.RemoveAll(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code) //nolint:forbidigo // TestMain ends the test program
}

// dir holds the provider and the CLI configuration.
var dir string

// ready builds the provider, once, and writes the CLI configuration.
var ready = sync.OnceValues(func() ([]program, error) {
	paths := map[string]string{}
	for _, name := range []string{"terraform", "tofu"} {
		if p, err := exec.LookPath(name); err == nil {
			paths[name] = p
		}
	}
	cache := os.Getenv("TWINPATH_CACHE")
	if base, err := os.UserCacheDir(); cache == "" && err == nil {
		cache = filepath.Join(base, "twinpath")
	}
	if built := filepath.Join(cache, "cloud", "tofu"); exists(built) {
		paths["tofu"] = built
	}
	if len(paths) == 0 {
		return nil, errors.New("the rendered Terraform is checked by twinpath alone: there is neither terraform nor tofu here; `make cloud-tools` builds one")
	}
	config, err := provide()
	if err != nil {
		return nil, err
	}
	var out []program
	for _, name := range []string{"terraform", "tofu"} {
		if paths[name] != "" {
			out = append(out, program{name: name, path: paths[name], config: config})
		}
	}
	out[len(out)-1].last = true
	return out, nil
})

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// provide builds the schema-only provider under the name of each cloud's real
// one and returns the CLI configuration that puts it in its place. With
// dev_overrides neither `init` nor a lock file is needed, and validate and test
// ask no registry; init would.
func provide() (string, error) {
	var err error
	if dir, err = os.MkdirTemp("", "twinpath-cloudtest"); err != nil {
		return "", fmt.Errorf("make a folder for the provider: %w", err)
	}
	tables, err := filepath.Abs("../../vendors")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "tfprovider")
	build := exec.Command("go", "build", "-C", "../../tools/tfprovider", "-buildvcs=false", "-ldflags", "-X 'main.tables="+tables+"'", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("the rendered Terraform is checked by twinpath alone: tools/tfprovider could not be built: %s", bytes.ReplaceAll(bytes.TrimSpace(text), []byte("\n"), []byte("; ")))
	}
	schemas, err := fs.Glob(vendors.FS, "*/schema.yaml")
	if err != nil {
		return "", err
	}
	var overrides strings.Builder
	for _, s := range schemas {
		schema, err := cloud.LoadSchema(vendors.FS, path.Dir(s))
		if err != nil {
			return "", err
		}
		if err := os.Link(binary, filepath.Join(dir, "terraform-provider-"+schema.Provider.Name)); err != nil {
			return "", fmt.Errorf("name the provider: %w", err)
		}
		fmt.Fprintf(&overrides, "    %q = %q\n", schema.Provider.Source, dir)
	}
	config := filepath.Join(dir, "cli.tfrc")
	text := "provider_installation {\n  dev_overrides {\n" + overrides.String() + "  }\n}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("write the CLI configuration: %w", err)
	}
	return config, nil
}

// run runs the program in a folder and returns what it printed.
func (p program) run(t *testing.T, folder string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), p.path, args...)
	cmd.Dir = folder
	// What a developer has set for real work, such as TF_VAR_region, must not reach the tests.
	env := slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "TF_") })
	cmd.Env = append(env, "TF_CLI_CONFIG_FILE="+p.config, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// message is one line of what `terraform test -json` prints: the parts of it
// that are read here.
type message struct {
	Type string `json:"type"`
	Run  string `json:"@testrun"`
	Test struct {
		Status string `json:"status"`
	} `json:"test_run"`
	Diagnostic struct {
		Severity, Summary, Detail string
	} `json:"diagnostic"`
	State json.RawMessage `json:"test_state"`
}

// test runs the *.tftest.hcl files of a folder and returns the status of every
// run, the errors, and the whole of what was printed.
func (p program) test(t *testing.T, folder string) (status map[string]string, problems []string, all []message) {
	t.Helper()
	out, _ := p.run(t, folder, "test", "-json", "-verbose")
	status = map[string]string{}
	lines := bufio.NewScanner(strings.NewReader(out))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var m message
		require.NoErrorf(t, json.Unmarshal(lines.Bytes(), &m), "%s test printed %s", p.name, lines.Text())
		all = append(all, m)
		if m.Type == "test_run" && m.Test.Status != "" {
			status[m.Run] = m.Test.Status
		}
		if m.Type == "diagnostic" && m.Diagnostic.Severity == "error" {
			problems = append(problems, m.Run+": "+m.Diagnostic.Summary+": "+m.Diagnostic.Detail)
		}
	}
	require.NoError(t, lines.Err())
	require.NotEmptyf(t, status, "%s test ran nothing: %s", p.name, out)
	return status, problems, all
}
