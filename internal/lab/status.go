package lab

// The words of Request.Do.
const (
	doStatus = "status"
	doDrill  = "drill"
	doDown   = "down"
)

// Request is what a command asks of a lab that is up.
type Request struct {
	Do      string `json:"do"`
	Circuit string `json:"circuit,omitempty"`
	Options
	// Sum identifies the files that the caller named.
	Sum string `json:"sum,omitempty"`
}

// Status is a lab that is up.
type Status struct {
	Scenario         string   `json:"scenario"`
	UpSeconds        float64  `json:"up_seconds"`
	ConfigureSeconds float64  `json:"configure_seconds"`
	PID              int      `json:"pid"`
	Login            []string `json:"login"`
	Bare             bool     `json:"bare"`
}

// reply is one line of an answer: something to tell the person who waits, or
// the end.
type reply struct {
	Log    string  `json:"log,omitempty"`
	Done   bool    `json:"done,omitempty"`
	Error  string  `json:"error,omitempty"`
	Status *Status `json:"status,omitempty"`
	Report *Report `json:"report,omitempty"`
}
