package cli_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/twinpath/twinpath/internal/diag"
)

var (
	heading = regexp.MustCompile(`(?m)^### (.+)$`)
	ruleID  = regexp.MustCompile(`\b[VHR]\d{1,2}\b`)
)

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEveryCodeIsDocumented(t *testing.T) {
	repoRoot(t)
	page := read(t, "docs/diagnostics.md")
	sections := map[string]string{}
	for _, m := range heading.FindAllStringSubmatchIndex(page, -1) {
		name := page[m[2]:m[3]]
		rest := page[m[1]:]
		if i := regexp.MustCompile(`(?m)^##`).FindStringIndex(rest); i != nil {
			rest = rest[:i[0]]
		}
		if _, twice := sections[name]; twice {
			t.Errorf("the section %s stands twice", name)
		}
		sections[name] = rest
	}
	for _, r := range diag.Rules() {
		text, ok := sections[string(r.Code)]
		delete(sections, string(r.Code))
		if !ok {
			t.Errorf("docs/diagnostics.md has no section ### %s", r.Code)
			continue
		}
		word := strings.ToUpper(r.Severity.String()[:1]) + r.Severity.String()[1:]
		if !strings.HasPrefix(strings.TrimSpace(text), word+".") {
			t.Errorf("the section %s does not begin with its severity, %q", r.Code, word+".")
		}
		ids := ruleID.FindAllString(firstLine(text), -1)
		if !slices.Equal(ids, r.IDs) && (len(ids) > 0 || len(r.IDs) > 0) {
			t.Errorf("the section %s names the rules %v, the code has %v", r.Code, ids, r.IDs)
		}
		for _, part := range []string{"What it means:", "Why it matters:", "What to do:", "[" + string(r.Code) + "]"} {
			if !strings.Contains(text, part) {
				t.Errorf("the section %s lacks %q", r.Code, part)
			}
		}
	}
	for name := range sections {
		t.Errorf("docs/diagnostics.md explains %s, which is no code", name)
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

// TestExamplesAreFromTheCorpus holds the outputs that the page quotes against
// what the program prints.
func TestExamplesAreFromTheCorpus(t *testing.T) {
	repoRoot(t)
	var all strings.Builder
	for _, pattern := range []string{errDir + "/*.out", invDir + "/*/out", madeDir + "/*.out", farDir + "/*/out"} {
		for _, f := range files(t, pattern) {
			all.WriteString(read(t, f))
		}
	}
	for _, m := range regexp.MustCompile("(?s)```text\n(.*?)```").FindAllStringSubmatch(read(t, "docs/diagnostics.md"), -1) {
		for line := range strings.Lines(m[1]) {
			_, rest, ok := strings.Cut(line, ": ")
			if !ok || !strings.Contains(all.String(), ": "+rest) {
				t.Errorf("no output of the corpus holds this line of docs/diagnostics.md: %s", line)
			}
		}
	}
}

func TestExplainPrintsTheSection(t *testing.T) {
	for _, r := range diag.Rules() {
		code, stdout, stderr := run("explain", string(r.Code))
		if code != exitOK || !strings.HasPrefix(stdout, "### "+string(r.Code)+"\n") || stderr != "" {
			t.Errorf("explain %s: exit code %d, %q, %q", r.Code, code, stdout, stderr)
		}
		for _, id := range r.IDs {
			if _, stdout, _ := run("explain", strings.ToLower(id)); !strings.Contains(stdout, "### "+string(r.Code)+"\n") {
				t.Errorf("explain %s does not show %s", id, r.Code)
			}
		}
	}
	if code, _, stderr := run("explain", "link-mas"); code != 2 || !strings.Contains(stderr, `did you mean "link-mask"?`) {
		t.Errorf("explain of a mistyped code: exit code %d, %q", code, stderr)
	}
}

func TestEveryRuleIsAccountedFor(t *testing.T) {
	repoRoot(t)
	page := read(t, "docs/rules.md")
	cloudPage := read(t, "docs/cloud.md")
	row := regexp.MustCompile(`(?m)^\| ([VHR]\d{1,2}) \|(.*)$`)
	rows := map[string]string{}
	for _, m := range row.FindAllStringSubmatch(page, -1) {
		rows[m[1]] = m[2]
	}
	var ids []string
	for prefix, last := range map[string]int{"V": 14, "H": 15, "R": 9} {
		for i := 1; i <= last; i++ {
			ids = append(ids, fmt.Sprint(prefix, i))
		}
	}
	slices.Sort(ids)
	for _, m := range regexp.MustCompile(`(?m)^\| [VHR]\d{1,2} \|([^|]*)\|`).FindAllStringSubmatch(cloudPage, -1) {
		for _, c := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(m[1], -1) {
			if !slices.Contains(codes(), c[1]) {
				t.Errorf("docs/cloud.md names the code %s, which does not exist", c[1])
			}
		}
	}
	for _, id := range ids {
		if !regexp.MustCompile(`(?m)^\| ` + id + ` \| \S`).MatchString(cloudPage) {
			t.Errorf("docs/cloud.md does not say who holds %s", id)
		}
		text, ok := rows[id]
		if !ok {
			t.Errorf("docs/rules.md has no row for %s", id)
			continue
		}
		for _, m := range regexp.MustCompile("code `([^`]+)`").FindAllStringSubmatch(text, -1) {
			if !slices.Contains(codes(), m[1]) {
				t.Errorf("docs/rules.md: %s names the code %s, which does not exist", id, m[1])
			}
		}
		for _, r := range diag.Rules() {
			if slices.Contains(r.IDs, id) && !strings.Contains(text, "code `"+string(r.Code)+"`") {
				t.Errorf("docs/rules.md: the row of %s does not name the code %s", id, r.Code)
			}
		}
		for _, m := range regexp.MustCompile("test `([^`]+)`").FindAllStringSubmatch(text, -1) {
			if !testExists(t, m[1]) {
				t.Errorf("docs/rules.md: %s names the test %s, which does not exist", id, m[1])
			}
		}
	}
}

// testExists finds a test function by its name.
func testExists(t *testing.T, name string) bool {
	t.Helper()
	for _, f := range files(t, "internal/*/*_test.go") {
		if strings.Contains(read(t, f), "func "+name+"(") {
			return true
		}
	}
	return false
}
