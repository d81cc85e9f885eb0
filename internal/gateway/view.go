package gateway

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"
)

// view is what a text of the data sees: who asks, and the gateway.
type view struct {
	s *shell
	// Args are the values of the command that was typed.
	Args map[string]string
}

// functions are those of the texts of the data, besides the methods of view.
var functions = template.FuncMap{
	"upper": strings.ToUpper, "lower": strings.ToLower, "trim": strings.TrimSpace,
	"join": strings.Join, "split": strings.Fields, "last": func(s []string) string { return s[len(s)-1] },
	"add": func(a, b int) int { return a + b }, "repeat": strings.Repeat, "cut": strings.Split,
	"number":    func(s string) int { n, _ := strconv.Atoi(s); return n },
	"replace":   strings.ReplaceAll,
	"hasPrefix": strings.HasPrefix, "hasSuffix": strings.HasSuffix, "full": full, "product": product, "contains": strings.Contains,
	"mask": mask, "network": func(p netip.Prefix) string { return p.Addr().String() },
}

// full is a destination with its length, which may be left out.
func full(prefix string) string {
	if prefix == "" || strings.Contains(prefix, "/") {
		return prefix
	}
	if strings.Contains(prefix, ":") {
		return prefix + "/128"
	}
	return prefix + "/32"
}

// product is a time of so many milliseconds, so often, in seconds.
func product(ms, times string) float64 {
	a, _ := strconv.ParseFloat(ms, 64)
	b, _ := strconv.ParseFloat(times, 64)
	return a * b / 1000
}

// mask is the mask of a length.
func mask(bits int) string {
	var m [4]byte
	for i := range bits {
		m[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom4(m).String()
}

// Host is the name that stands in the prompt.
func (v *view) Host() string { return v.s.g.state.host }

// System is the name of the host as the system knows it, whatever is
// configured.
func (v *view) System() string { return v.s.g.o.Hostname }

// User is who is logged in, Session the number of the session.
func (v *view) User() string { return v.s.user }

// Session is the number of the session.
func (v *view) Session() int { return v.s.id }

// Mode is the mode of the command line.
func (v *view) Mode() string { return v.s.mode }

// Now is the time of the gateway.
func (v *view) Now() time.Time { return v.s.g.now() }

// Uptime is how long the gateway runs.
func (v *view) Uptime() time.Duration { return v.s.g.clock.Now().Sub(v.s.g.booted) }

// Section is the part of the prompt for the section that is edited.
func (v *view) Section() string {
	ids, r := v.s.editor.Section()
	if v.s.g.terminal.Sections == nil {
		return strings.Join(ids, " ")
	}
	names := []string{strings.Join(ids, " "), "top"}
	if len(ids) > 0 {
		names = []string{names[0], ids[len(ids)-1], "*"}
		if ids[len(ids)-1] == "" {
			names = []string{"*"}
		}
	}
	for id := range v.s.g.terminal.Sections {
		// What stands in the section may decide: "sla+sla-echo".
		if head, below, ok := strings.Cut(id, "+"); ok && slices.Contains(names, head) && len(r.Below(below)) > 0 {
			names = []string{id}
		}
	}
	for _, n := range names {
		if t := v.s.g.terminal.Sections[n]; t != nil {
			return v.s.render(t, r.Values)
		}
	}
	return ""
}

// Way are the sections that are edited, of a system with paths.
func (v *view) Way() string {
	ids, _ := v.s.editor.Section()
	return strings.Join(ids, " ")
}

// Dirty reports whether something is edited that is not in force.
func (v *view) Dirty() bool { return v.s.dirty() }

// Exclusive reports whether the person has the configuration alone.
func (v *view) Exclusive() bool { return v.s.exclusive }

// Running is the configuration in force.
func (v *view) Running() string { return v.s.g.running.Text() }

// Startup is the configuration that is in force after a restart.
func (v *view) Startup() string { return v.s.g.startup }

// Candidate is what is edited.
func (v *view) Candidate() string { return v.s.edits().Text() }

// RunningLines is Running as the lines that make it.
func (v *view) RunningLines() string { return v.s.g.running.Lines() }

// CandidateLines is Candidate as the lines that make it.
func (v *view) CandidateLines() string { return v.s.edits().Lines() }

// Refusal is why a commit of what is edited is refused.
func (v *view) Refusal() string {
	if r := v.s.check(); r != nil {
		return strings.TrimPrefix(r.Say, "error: configuration check-out failed: ")
	}
	return ""
}

// Saved is when the startup configuration was written last.
func (v *view) Saved() time.Time { return v.s.g.saved }

// Pending is the change that is not confirmed, nil for none.
func (v *view) Pending() *Pending {
	p := v.s.g.pending
	if p == nil {
		return nil
	}
	return &Pending{
		User: p.user, Minutes: int(p.limit / time.Minute), Seconds: int(p.limit / time.Second),
		Left: p.at.Sub(v.s.g.clock.Now()), At: p.at.Add(v.s.g.skew()), Begun: p.at.Add(v.s.g.skew() - p.limit), Mine: p.by == nil || p.by == v.s,
	}
}

// Pending is a change that is taken back when nobody confirms it.
type Pending struct {
	User             string
	Minutes, Seconds int
	Left             time.Duration
	At, Begun        time.Time
	Mine             bool
}

// MinutesLeft is rounded up.
func (p *Pending) MinutesLeft() int { return int((p.Left + time.Minute - 1) / time.Minute) }

// Lock is who has the configuration alone.
func (v *view) Lock() *Person {
	if v.s.g.lock == nil {
		return nil
	}
	return v.s.g.lock.person()
}

// Person is somebody who is logged in.
type Person struct {
	User  string
	ID    int
	Since time.Time
}

func (s *shell) person() *Person { return &Person{User: s.user, ID: s.id, Since: s.since} }

// History are the commits, the last one first.
func (v *view) History() []Entry {
	out := make([]Entry, len(v.s.g.history))
	for i, c := range v.s.g.history {
		out[i] = Entry{Number: i, At: c.at.Add(v.s.g.skew()), User: c.user, Comment: strings.Trim(c.comment, `"`), Confirmed: c.minutes}
	}
	return out
}

// Entry is one commit.
type Entry struct {
	Number        int
	At            time.Time
	User, Comment string
	// Confirmed is the timer that it began with, in minutes, 0 for none.
	Confirmed int
}

// Items are the things of a kind, of one name when it is given.
func (v *view) Items(kind string, names ...string) []*Item {
	st := v.s.g.state
	st.settle()
	if len(names) == 0 || strings.TrimSpace(names[0]) == "" {
		return st.items[kind]
	}
	if i := st.find(kind, strings.TrimSpace(names[0])); i != nil {
		return []*Item{i}
	}
	return nil
}

// Item is the thing of a kind and name, nil for none.
func (v *view) Item(kind, name string) *Item {
	v.s.g.state.settle()
	return v.s.g.state.find(kind, name)
}

// Routes are those of a prefix that forward, of all when it is "".
func (v *view) Routes(prefix string) []*Item {
	v.s.g.state.settle()
	return v.s.g.state.forwarding(prefix)
}

// AllRoutes are those of a prefix, also those that do not forward.
func (v *view) AllRoutes(prefix string) []*Item {
	v.s.g.state.settle()
	return slices.DeleteFunc(v.s.g.state.routes(), func(r *Item) bool {
		return prefix != "" && !samePrefix(r.set["prefix"], prefix)
	})
}

// Forwards reports whether a route forwards.
func (v *view) Forwards(r *Item) bool {
	return slices.Contains(v.s.g.state.forwarding(r.set["prefix"]), r)
}

// Active reports whether a route may forward, if no better one does.
func (v *view) Active(r *Item) bool { return v.s.g.state.active(r) }

// PortOf is the port behind which an address is.
func (v *view) PortOf(addr string) string {
	name, _, _ := v.s.g.state.port(addr)
	return name
}

// SourceOf is the gateway's own address towards another.
func (v *view) SourceOf(addr string) string {
	if _, p, ok := v.s.g.state.port(addr); ok {
		return p.Addr().String()
	}
	return ""
}

// Since is how long ago a time was.
func (v *view) Since(t time.Time) time.Duration { return v.s.g.clock.Now().Sub(t) }

// Clock is a duration as hours, minutes and seconds.
func (v *view) Clock(d time.Duration) string {
	s := int(d / time.Second)
	return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
}

// Seq are the numbers from 0 to n.
func (v *view) Seq(n int) []int {
	out := make([]int, max(n, 0))
	for i := range out {
		out[i] = i
	}
	return out
}

// Remaining is how many seconds an item has until it turns.
func (v *view) Remaining(i *Item) int {
	delay := i.w.fall
	if i.w.cond {
		delay = i.w.rise
	}
	return int((i.w.since.Add(delay).Sub(v.s.g.clock.Now()) + time.Second - 1) / time.Second)
}

// Answers reports whether the target of the command answers.
func (v *view) Answers() bool {
	v.s.g.state.settle()
	return v.s.g.state.reaches(v.Args["target"])
}

// ShortPort is the name of a port with the letters that some tables have of it.
func (v *view) ShortPort(name string) string {
	at := strings.IndexAny(name, "0123456789")
	return name[:min(2, len(name))] + name[max(at, min(2, len(name))):]
}

// Tests is how many tests of a probe have ended: one each period, after the
// first. most bounds it.
func (v *view) Tests(i *Item, most int) int {
	period := max(seconds(i.set, "period"), time.Second)
	ran := v.s.g.clock.Now().Sub(i.w.began) - i.w.rise
	if ran < 0 {
		return 0
	}
	return min(most, int(ran/period)+1)
}

// Started reports whether a probe sends anything.
func (v *view) Started(i *Item) bool { return v.s.g.state.started(i) }
