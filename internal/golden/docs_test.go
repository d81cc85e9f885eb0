package golden

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// elision stands in a document for output that is left out.
const elision = "..."

// step is one command of a document with the output that the document shows.
type step struct {
	file string
	line int
	args []string
	want []string
}

// steps finds the commands in ```console blocks: "$ bin/twinpath ..." and what
// follows up to the next command or the end of the block.
func steps(t *testing.T, file string) []step {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var out []step
	var cur *step
	inside := false
	for i, line := range strings.Split(string(text), "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```console"
			cur = nil
		case !inside:
		case strings.HasPrefix(line, "$ "):
			cur = nil
			if cmd, ok := strings.CutPrefix(line, "$ bin/twinpath "); ok && !strings.ContainsAny(cmd, "|>*") {
				out = append(out, step{file: file, line: i + 1, args: strings.Fields(cmd)})
				cur = &out[len(out)-1]
			}
		case cur != nil:
			cur.want = append(cur.want, line)
		}
	}
	return out
}

// TestDocumentsShowWhatTheProgramPrints runs every command that README and docs/
// show and holds the output against what stands there.
func TestDocumentsShowWhatTheProgramPrints(t *testing.T) {
	root(t)
	files, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	n := 0
	for _, f := range append(files, "README.md") {
		for _, s := range steps(t, f) {
			if len(s.want) == 0 {
				continue
			}
			n++
			_, stdout, stderr := run(t, s.args...)
			assert.Truef(t, shown(s.want, stdout) || shown(s.want, stderr) || shown(s.want, stdout+stderr), "%s:%d: `twinpath %s` now prints\n%s", s.file, s.line, strings.Join(s.args, " "), stdout+stderr)
		}
	}
	assert.Positive(t, n, "no document shows a command")
}

// shown reports whether output is what the lines say, where a line of "..."
// stands for any lines.
func shown(want []string, output string) bool {
	var b strings.Builder
	b.WriteString("(?s)^")
	for _, w := range want {
		if strings.TrimSpace(w) == elision {
			b.WriteString(`(?:.*\n)?`)
			continue
		}
		b.WriteString(regexp.QuoteMeta(w) + `\n`)
	}
	return regexp.MustCompile(b.String() + "$").MatchString(output)
}

var link = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)

// TestLinksLeadSomewhere: every relative link of a document names a file.
func TestLinksLeadSomewhere(t *testing.T) {
	root(t)
	files, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	vendorFiles, err := filepath.Glob("vendors/*/README.md")
	require.NoError(t, err)
	files = append(files, vendorFiles...)
	for _, f := range append(files, "README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md") {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			_, err := os.Stat(filepath.Join(filepath.Dir(f), m[1]))
			assert.NoErrorf(t, err, "%s links to %s", f, m[1])
		}
	}
}

// TestGoldenMatrixIsCurrent: docs/capabilities.md is what the program prints.
func TestGoldenMatrixIsCurrent(t *testing.T) {
	root(t)
	code, stdout, stderr := run(t, "vendors", "--format", "markdown")
	require.Zero(t, code, stderr)
	if *update {
		require.NoError(t, os.WriteFile("docs/capabilities.md", []byte(stdout), 0o644))
		return
	}
	text, err := os.ReadFile("docs/capabilities.md")
	require.NoError(t, err)
	assert.Equal(t, string(text), stdout, "run `make golden`")
}
