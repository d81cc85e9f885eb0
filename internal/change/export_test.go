package change

// Lock is lock, for tests that hold a gateway.
var Lock = lock

// Backup is the file of the configuration that a run's plan was made from.
func (r *Run) Backup() string { return r.base.File }
