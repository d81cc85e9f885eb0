//go:build unix

package yamlpos_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

// TestPipesAndDevicesAreRefusedAtOnce: a pipe without a writer would be waited
// for, and /dev/zero never ends.
func TestPipesAndDevicesAreRefusedAtOnce(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	for _, name := range []string{pipe, os.DevNull, "/dev/zero"} {
		bounded(t)
		var list diag.List
		data := yamlpos.ReadFile(name, &list)
		if data != nil || list.Len() != 1 || list.Sorted()[0].Code != diag.CodeFile || !strings.Contains(list.Sorted()[0].Text, "no regular file") {
			t.Errorf("%s: %d bytes, %d diagnostics", name, len(data), list.Len())
		}
	}
}
