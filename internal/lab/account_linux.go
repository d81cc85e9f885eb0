package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// account adds the gateway's user to the bubble's own copy of the account
// files. The user is root by another name: the router's command line needs it.
func (l *Lab) account(shell string) error {
	for _, f := range []struct{ path, line string }{
		{"/etc/passwd", fmt.Sprintf("%s:x:0:0:lab:%s:%s\n", l.model.username, l.dir, shell)},
		{"/etc/shadow", l.model.username + ":*:19000::::::\n"},
	} {
		data, err := os.ReadFile(f.path)
		if err != nil {
			return fmt.Errorf("read the account files: %w", err)
		}
		if len(data) > 0 && data[len(data)-1] != '\n' {
			data = append(data, '\n')
		}
		own := filepath.Join(l.dir, filepath.Base(f.path))
		mode := os.FileMode(0o644)
		if f.path == "/etc/shadow" {
			mode = 0o600
		}
		if err := os.WriteFile(own, append(data, f.line...), mode); err != nil {
			return fmt.Errorf("write the bubble's account files: %w", err)
		}
		if err := syscall.Mount(own, f.path, "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("put %s over the bubble's view of it: %w", own, err)
		}
	}
	return nil
}
