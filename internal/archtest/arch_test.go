// Package archtest holds the house together: which package may import which,
// and that no operating system's vendor is named in code.
package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/twinpath/twinpath/"

// layers orders the packages along the way of the data. A package imports only
// packages of a lower layer. A new package needs a line here.
var layers = map[string]int{
	"docs":                0,
	"templates":           0,
	"vendors":             0,
	"internal/diag":       0,
	"internal/pairtest":   0,
	"internal/yamlpos":    1,
	"internal/scenario":   2,
	"internal/inventory":  2,
	"internal/vendor":     2,
	"internal/intent":     3,
	"internal/show":       3,
	"internal/render":     4,
	"internal/cloud":      3,
	"internal/conftree":   5,
	"internal/devicetest": 5,
	"internal/plan":       6,
	"internal/device":     6,
	"internal/flow":       6,
	"internal/simulate":   6,
	"internal/gateway":    7,
	"internal/change":     7,
	"internal/changetest": 8,
	"internal/flowtest":   7,
	"internal/kafka":      7,
	"internal/reach":      7,
	"internal/split":      7,
	"internal/report":     8,
	"internal/lab":        8,
	"internal/cli":        9,
	"cmd/twinpath":        10,
	"internal/plantest":   10,

	"internal/pairtest/pair": 10,
	"internal/cloudtest":     10,
}

// only says which package alone may import a module.
var only = map[string]string{
	"gopkg.in/yaml.v3":                 "internal/yamlpos",
	"github.com/scrapli/scrapligo":     "internal/device",
	"github.com/netsampler/goflow2/v2": "internal/flow",
	"github.com/hashicorp/hcl/v2":      "internal/cloud",
	"github.com/twmb/franz-go":         "internal/kafka",

	"github.com/prometheus-community/pro-bing": "internal/reach",
	"github.com/go-analyze/charts":             "internal/report",
	"charm.land/bubbletea/v2":                  "internal/cli",
}

// sources yields every Go file of the module that is no test, parsed.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	files := map[string]*ast.File{}
	fset := token.NewFileSet()
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		rel = filepath.ToSlash(rel)
		if d.IsDir() && (rel == "tools" || rel == "bin" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && rel != ".") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		files[rel] = f
		return err
	})
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

func TestImportsFollowTheData(t *testing.T) {
	for name, f := range sources(t) {
		pkg := filepath.ToSlash(filepath.Dir(name))
		own, known := layers[pkg]
		if !assert.Truef(t, known, "%s: package %s has no layer; add it to the table", name, pkg) {
			continue
		}
		for _, imp := range f.Imports {
			path, err := strconv.Unquote(imp.Path.Value)
			require.NoError(t, err)
			if rel, ours := strings.CutPrefix(path, module); ours {
				assert.Lessf(t, layers[rel], own, "%s imports %s, which is not below it", name, rel)
			}
			for lib, owner := range only {
				if path == lib || strings.HasPrefix(path, lib+"/") {
					assert.Equalf(t, owner, pkg, "%s imports %s; %s alone may", name, path, owner)
				}
			}
		}
	}
}

// vendorName matches the names of systems, their makers and clouds.
var vendorName = regexp.MustCompile(`(?i)cisco|huawei|juniper|junos|\bvrp|ios-?x[er]|nx-?os|comware|h3c|\bfrr|frrouting|\bsrx` +
	`|alibaba|alicloud|aliyun|volcengine|tencent`)

// TestNoVendorNameInCode: what differs between systems, and between clouds, is
// data. Comments may name a vendor as a source.
func TestNoVendorNameInCode(t *testing.T) {
	for name, f := range sources(t) {
		if !strings.HasPrefix(name, "internal/") {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				assert.NotRegexpf(t, vendorName, n.Value, "%s: a vendor is named in %s", name, n.Value)
			case *ast.Ident:
				assert.NotRegexpf(t, vendorName, n.Name, "%s: a vendor is named by %s", name, n.Name)
			}
			return true
		})
	}
}

// isCloud reports whether a folder of vendors/ is about a cloud, or templates of
// that name are.
func isCloud(name string) bool {
	_, err := os.Stat(filepath.Join("../../vendors", name, "provider.yaml"))
	return err == nil
}

// TestEveryCloudIsWhole: a cloud's folder of vendors/ has its data and its
// templates.
func TestEveryCloudIsWhole(t *testing.T) {
	entries, err := os.ReadDir("../../vendors")
	require.NoError(t, err)
	found := false
	for _, e := range entries {
		if !e.IsDir() || !isCloud(e.Name()) {
			continue
		}
		found = true
		for _, f := range []string{"schema.yaml", "import.yaml"} {
			assert.FileExists(t, filepath.Join("../../vendors", e.Name(), f))
		}
		for _, f := range []string{"versions.tf.tmpl", "variables.tf.tmpl", "main.tf.tmpl", "outputs.tf.tmpl"} {
			assert.FileExists(t, filepath.Join("../../templates", e.Name(), f))
		}
	}
	assert.True(t, found, "no folder of vendors/ is a cloud's")
}

// TestEverySystemIsWhole: a system's folder of vendors/ has its templates and
// README, and the other way round.
func TestEverySystemIsWhole(t *testing.T) {
	for _, dir := range []string{"../../vendors", "../../templates"} {
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, e := range entries {
			if !e.IsDir() || isCloud(e.Name()) {
				continue
			}
			assert.FileExists(t, filepath.Join("../../vendors", e.Name(), "profile.yaml"))
			assert.FileExists(t, filepath.Join("../../vendors", e.Name(), "README.md"))
			for _, f := range []string{"running.tmpl", "load.tmpl"} {
				assert.FileExists(t, filepath.Join("../../templates", e.Name(), f))
			}
		}
	}
}
