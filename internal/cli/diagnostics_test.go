package cli_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/twinpath/twinpath/internal/cli"
	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

var update = flag.Bool("update", false, "write the .out files anew; read their diff like code")

const (
	exitOK      = 0
	exitInvalid = 3

	errDir  = "internal/cli/testdata/err"
	okDir   = "internal/cli/testdata/ok"
	invDir  = errDir + "/with-inventory"
	madeDir = errDir + "/made"
	farDir  = errDir + "/with-outputs"
)

// repoRoot makes the root of the repository the working directory, since the
// file names that the golden texts show are relative to it.
func repoRoot(t *testing.T) {
	t.Helper()
	t.Chdir("../..")
}

// run runs the program and returns its exit code, result and diagnostics.
func run(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = cli.Main(args, cli.Streams{Out: &out, Err: &errs})
	return code, out.String(), errs.String()
}

// golden compares a text with a file, or writes the file with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("every case needs its output: %v", err)
	}
	if got != string(want) {
		t.Errorf("%s: the output is not what the file holds\n--- got\n%s--- want\n%s", name, got, want)
	}
}

// files returns the files of a pattern and fails when there are none.
func files(t *testing.T, pattern string) []string {
	t.Helper()
	out, err := filepath.Glob(pattern)
	if err != nil || len(out) == 0 {
		t.Fatalf("no files match %s (%v)", pattern, err)
	}
	return out
}

func TestWrongFilesAreExplained(t *testing.T) {
	repoRoot(t)
	for _, file := range files(t, errDir+"/*.yaml") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			code, stdout, stderr := run("validate", file)
			if code != exitInvalid {
				t.Errorf("exit code %d, want %d", code, exitInvalid)
			}
			if stdout != "" {
				t.Errorf("standard output is for results, got %q", stdout)
			}
			checkPlaces(t, stderr)
			golden(t, strings.TrimSuffix(file, ".yaml")+".out", stderr)
		})
	}
}

func TestWrongFilesWithInventoryAreExplained(t *testing.T) {
	repoRoot(t)
	for _, file := range files(t, invDir+"/*/scenario.yaml") {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			code, _, stderr := run("validate", file, "-i", dir+"/inventory.yaml")
			if code != exitInvalid {
				t.Errorf("exit code %d, want %d", code, exitInvalid)
			}
			checkPlaces(t, stderr)
			golden(t, dir+"/out", stderr)
		})
	}
}

func TestDisagreementOfBothEndsIsExplained(t *testing.T) {
	repoRoot(t)
	for _, file := range files(t, farDir+"/*/scenario.yaml") {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			for _, args := range [][]string{{"validate"}, {"render", "--os", "frr"}} {
				code, stdout, stderr := run(append(args, file, "--cloud-outputs", dir+"/outputs.json")...)
				if code != exitInvalid || stdout != "" {
					t.Errorf("%v: exit code %d, want %d; standard output %q", args, code, exitInvalid, stdout)
				}
				if args[0] == "validate" {
					checkPlaces(t, stderr)
					golden(t, dir+"/out", stderr)
				}
			}
		})
	}
}

func TestRightFilesAreAccepted(t *testing.T) {
	repoRoot(t)
	for _, file := range files(t, okDir+"/*.yaml") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			code, _, stderr := run("validate", file)
			if code != exitOK {
				t.Errorf("exit code %d, want %d", code, exitOK)
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".out", stderr)
		})
	}
}

// made are files that cannot lie in a repository; they are made in a folder
// that the golden text calls DIR.
var made = map[string]func(t *testing.T, file string){
	"file-unreadable": func(*testing.T, string) {},
	"file-unreadable-folder": func(t *testing.T, file string) {
		t.Helper()
		if err := os.Mkdir(file, 0o755); err != nil {
			t.Fatal(err)
		}
	},
	"file-too-large": func(t *testing.T, file string) {
		t.Helper()
		if err := errors.Join(os.WriteFile(file, nil, 0o644), os.Truncate(file, 100<<20)); err != nil {
			t.Fatal(err)
		}
	},
	"file-too-large-values": func(t *testing.T, file string) {
		t.Helper()
		if err := os.WriteFile(file, bytes.Repeat([]byte("-\n"), 2<<20), 0o644); err != nil {
			t.Fatal(err)
		}
	},
}

func TestFilesThatCannotBeReadAreExplained(t *testing.T) {
	repoRoot(t)
	for name, build := range made {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, name+".yaml")
			build(t, file)
			code, _, stderr := run("validate", file)
			if code != exitInvalid {
				t.Errorf("exit code %d, want %d", code, exitInvalid)
			}
			golden(t, madeDir+"/"+name+".out", strings.ReplaceAll(stderr, dir, "DIR"))
		})
	}
}

var headline = regexp.MustCompile(`(?m)^([^\s:]+)(:\d+){0,2}: (error|warning|info): .+ \[([a-z0-9-]+)\]$`)

// checkPlaces holds every diagnostic to a file and, where the file has lines,
// to a line.
func checkPlaces(t *testing.T, stderr string) {
	t.Helper()
	for line := range strings.SplitSeq(stderr, "\n") {
		if strings.HasSuffix(line, "]") && strings.Contains(line, ": error: ") && !headline.MatchString(line) {
			t.Errorf("no place: %s", line)
		}
	}
}

// shown returns the codes that the golden outputs below a folder show.
func shown(t *testing.T, patterns ...string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, p := range patterns {
		for _, f := range files(t, p) {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range headline.FindAllStringSubmatch(string(text), -1) {
				out[m[4]] = true
			}
		}
	}
	return out
}

func TestEveryCodeHasACase(t *testing.T) {
	repoRoot(t)
	have := shown(t, errDir+"/*.out", invDir+"/*/out", madeDir+"/*.out", farDir+"/*/out")
	for _, r := range diag.Rules() {
		if !have[string(r.Code)] {
			t.Errorf("no case below %s shows the code %s", errDir, r.Code)
		}
	}
}

// TestEveryCaseShowsItsCode holds the file names: NAME is a code, or a code and
// what is special.
func TestEveryCaseShowsItsCode(t *testing.T) {
	repoRoot(t)
	for _, pattern := range []string{errDir + "/*.out", invDir + "/*/out", madeDir + "/*.out", farDir + "/*/out"} {
		for _, f := range files(t, pattern) {
			name := strings.TrimSuffix(filepath.Base(f), ".out")
			if name == "out" {
				name = filepath.Base(filepath.Dir(f))
			}
			if !slices.ContainsFunc(codes(), func(c string) bool {
				return (name == c || strings.HasPrefix(name, c+"-")) && shown(t, f)[c]
			}) {
				t.Errorf("%s: the output does not show the code that the name promises", f)
			}
		}
	}
}

func codes() []string {
	var out []string
	for _, r := range diag.Rules() {
		out = append(out, string(r.Code))
	}
	return out
}

func TestNoOutputWithoutItsFile(t *testing.T) {
	repoRoot(t)
	for _, pattern := range []string{errDir + "/*.out", okDir + "/*.out"} {
		for _, f := range files(t, pattern) {
			if _, err := os.Stat(strings.TrimSuffix(f, ".out") + ".yaml"); err != nil {
				t.Errorf("%s belongs to no file", f)
			}
		}
	}
	for _, f := range files(t, madeDir+"/*.out") {
		if made[strings.TrimSuffix(filepath.Base(f), ".out")] == nil {
			t.Errorf("%s belongs to no case", f)
		}
	}
}

func TestSecretsAreNotEchoed(t *testing.T) {
	repoRoot(t)
	for _, f := range files(t, invDir+"/*-secret*/out") {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if m := regexp.MustCompile(`(?i)not-?a-?real`).Find(text); m != nil {
			t.Errorf("%s shows a secret", f)
		}
	}
	for _, f := range files(t, invDir+"/*-secret*/inventory.yaml") {
		for _, format := range []string{"json", "github"} {
			_, stdout, stderr := run("validate", filepath.Dir(f)+"/scenario.yaml", "-i", f, "--format", format)
			if regexp.MustCompile(`(?i)not-?a-?real`).MatchString(stdout + stderr) {
				t.Errorf("%s in format %s shows a secret", f, format)
			}
		}
	}
}

// TestOutputIsStable runs the whole corpus twice in one process.
func TestOutputIsStable(t *testing.T) {
	repoRoot(t)
	args := append([]string{"validate", "--format", "json"}, files(t, errDir+"/*.yaml")...)
	_, first, _ := run(args...)
	_, second, _ := run(args...)
	if first != second {
		t.Error("two runs over the same files print different diagnostics")
	}
	if len(first) > yamlpos.MaxBytes {
		t.Error("the corpus prints too much")
	}
}
