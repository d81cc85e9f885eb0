package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDiffPrintsTheLinesToType(t *testing.T) {
	dir := t.TempDir()
	before, after := filepath.Join(dir, "before.cfg"), filepath.Join(dir, "after.cfg")
	require.NoError(t, os.WriteFile(before, []byte("ip route 0.0.0.0 0.0.0.0 10.0.0.1\nenable secret 9 abc\n"), 0o600))
	require.NoError(t, os.WriteFile(after, []byte("ip route 0.0.0.0 0.0.0.0 10.0.0.9\nenable secret 9 def\n"), 0o600))
	run := func(args ...string) (string, string, int) {
		var out, errs bytes.Buffer
		code := Main(append([]string{"diff"}, args...), Streams{Out: &out, Err: &errs})
		return out.String(), errs.String(), code
	}
	out, _, code := run("--os", "cisco-iosxe", before, after, "--format", "commands", "--exit-code")
	assert.Equal(t, exitDifferences, code)
	assert.Contains(t, out, "ip route 0.0.0.0 0.0.0.0 10.0.0.9\n")
	assert.Contains(t, out, "no ip route 0.0.0.0 0.0.0.0 10.0.0.1\n")

	out, _, code = run("--os", "cisco-iosxe", before, after)
	assert.Equal(t, exitOK, code)
	assert.NotContains(t, out, "abc", "a secret is not shown")

	out, _, code = run("--os", "cisco-iosxe", before, before, "--format", "commands", "--exit-code")
	assert.Equal(t, exitOK, code)
	assert.Empty(t, out)

	_, errs, code := run("--os", "nonesuch", before, after)
	assert.Equal(t, exitUsage, code)
	assert.Contains(t, errs, "nonesuch")
}

func TestDiffComparesFolders(t *testing.T) {
	before, after := t.TempDir(), t.TempDir()
	write := func(dir, name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	run := func(args ...string) (string, string, int) {
		var out, errs bytes.Buffer
		code := Main(append([]string{"diff", "--os", "cisco-iosxe", before, after}, args...), Streams{Out: &out, Err: &errs})
		return out.String(), errs.String(), code
	}
	write(before, "a.cfg", "ip route 0.0.0.0 0.0.0.0 10.0.0.1\n")
	write(after, "a.cfg", "ip route 0.0.0.0 0.0.0.0 10.0.0.9\n")
	write(before, "b.cfg", "hostname b\n")
	write(after, "b.cfg", "hostname b\n")
	out, _, code := run("--exit-code")
	assert.Equal(t, exitDifferences, code)
	assert.Regexp(t, `(?s)== a\.cfg\n.*no ip route 0\.0\.0\.0 0\.0\.0\.0 10\.0\.0\.1\n.*== b\.cfg\n`, out)

	out, _, code = run("--format", "json")
	assert.Equal(t, exitOK, code)
	var all []struct {
		Name     string
		Commands []string
	}
	require.NoError(t, json.Unmarshal([]byte(out), &all))
	require.Len(t, all, 2)
	assert.Equal(t, "a.cfg", all[0].Name)
	assert.Len(t, all[0].Commands, 2)
	assert.Empty(t, all[1].Commands)

	_, errs, code := run("--format", "commands")
	assert.Equal(t, exitUsage, code)
	assert.Contains(t, errs, "wrong one")

	write(after, "c.cfg", "hostname c\n")
	_, errs, code = run()
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, errs, filepath.Join(after, "c.cfg"))
}
