package device

// Secret is text that is shown nowhere, however the value that holds it is
// printed.
type Secret string

// hidden is what is shown in place of a secret.
const hidden = "(hidden)"

// String returns a word in place of the secret.
func (Secret) String() string { return hidden }

// GoString returns a word in place of the secret.
func (Secret) GoString() string { return hidden }

// MarshalText returns a word in place of the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// String names the gateway; what a session holds is not for printing.
func (s *Session) String() string { return "session with " + s.target.Address }

// GoString is String: the fields of a session hold what logs in.
func (s *Session) GoString() string { return s.String() }
