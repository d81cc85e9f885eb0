package change

import (
	"errors"
	"os"
)

// Lock is lock, for tests that hold a gateway.
var Lock = lock

// Backup is the file of the configuration that a run's plan was made from.
func (r *Run) Backup() string { return r.base.File }

// Tear leaves half of an entry in the journal as a full disk does, and what
// another process writes behind it.
func (j *Journal) Tear(half, behind string) error {
	n, err := j.file.WriteString(half)
	if err == nil && behind != "" {
		err = appendTo(j.name, behind)
	}
	j.retract(int64(n))
	return err
}

func appendTo(name, text string) error {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
