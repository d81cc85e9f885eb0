package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/twinpath/twinpath/internal/report"
	"github.com/twinpath/twinpath/internal/split"
)

// htmlFile is a report on its way to a file. It is written beside it and then
// takes its place, so that nobody reads half a report, and a folder that cannot
// be written to is told before minutes of listening.
type htmlFile struct {
	path string
	f    *os.File
}

// newHTMLFile begins a report, or returns nil when none is asked for.
func newHTMLFile(path string) (*htmlFile, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // nothing was asked for
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("--html %s is a folder, so nothing was verified: name a file", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".twinpath-*.html")
	if err != nil {
		return nil, fmt.Errorf("--html %s cannot be written, so nothing was verified: %w", path, err)
	}
	return &htmlFile{path: path, f: f}, nil
}

// write completes the report.
func (h *htmlFile) write(r *split.Result) error {
	if h == nil {
		return nil
	}
	err := errors.Join(report.HTML(h.f, r), h.f.Chmod(0o644), h.f.Close())
	if err == nil {
		err = os.Rename(h.f.Name(), h.path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", h.path, err)
	}
	h.f = nil
	return nil
}

// discard takes back what was begun and not completed.
func (h *htmlFile) discard() {
	if h == nil || h.f == nil {
		return
	}
	_ = h.f.Close() // it may be closed already
	_ = os.Remove(h.f.Name())
}
