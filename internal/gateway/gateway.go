// Package gateway plays a gateway that can be logged in to: an SSH server with
// the command line of an operating system, its running, candidate and startup
// configuration, its confirm timer, its probes and its forwarding table.
//
// What a typed line of configuration does is decided by simulate. What the
// command line around it says is data, in the part "terminal" of
// vendors/<os>/device.yaml, written from the vendor's documentation and public
// captures; nothing of it is taken from what drives real gateways.
package gateway

import (
	"fmt"
	"io/fs"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/twinpath/twinpath/internal/simulate"
)

// Options say what is played.
type Options struct {
	// Systems is the file system of the data, vendors.FS.
	Systems fs.FS
	// OS is the system, a folder of it, and Platform its grammar, "" for the
	// usual one.
	OS, Platform string
	// Hostname stands in the prompt when the configuration names none.
	Hostname string
	// Startup is the configuration that it has when it starts.
	Startup string
	// Fresh puts before it what a gateway needs to be changed at all, such as
	// its name and where it keeps backups.
	Fresh bool
	// Username logs in with Password, or with the key that UserKey returns.
	Username, Password string
	// Listen is the address to listen on, "" for ListenAddress.
	Listen string
	// Clock is what timers and probes run on; nil: the machine's.
	Clock Clock
	// Reply is how long it thinks about each line, in real time.
	Reply time.Duration
	// Circuits are the next hops by the name of their circuit.
	Circuits map[string][]string
	Faults   []Fault
	// Quiet keeps no dialogue, for many gateways at once.
	Quiet bool
}

// Gateway is a gateway that is played. Its methods may be called at any time.
type Gateway struct {
	// Addr is where it listens.
	Addr *net.TCPAddr
	// HostKey is the key of the host, and UserKey the one that may log in.
	HostKey, UserKey ssh.Signer

	o        Options
	sys      *system
	device   *simulate.Device
	terminal *Terminal
	clock    Clock
	listener net.Listener
	config   *ssh.ServerConfig
	userPEM  []byte
	booted   time.Time

	mu       sync.Mutex
	running  *simulate.Config
	startup  string
	saved    time.Time
	shared   *simulate.Config // the candidate of all
	history  []commit
	changes  int // changes of the running configuration
	pending  *pending
	lock     *shell
	shells   []*shell
	conns    map[net.Conn]bool
	sessions int
	state    *state
	seen     map[string]int // events, for the faults
	shut     bool
	dialogue []*strings.Builder
	done     sync.WaitGroup
}

// commit is a configuration that was in force, and who made it so.
type commit struct {
	config        *simulate.Config
	at            time.Time
	user, comment string
	minutes       int // of the timer that it began with
}

// pending is a change that is taken back when nobody confirms it.
type pending struct {
	base    *simulate.Config
	at      time.Time
	limit   time.Duration
	user    string
	by      *shell // the one that it is bound to
	comment string
	stop    []func() bool
}

const (
	modeExec          = "exec"
	modeConfiguration = "configuration"
)

// New starts a gateway. Close ends it.
func New(o Options) (*Gateway, error) {
	sys, err := loadSystem(o.Systems, o.OS, o.Platform)
	if err != nil {
		return nil, err
	}
	if o.Clock == nil {
		o.Clock = Real()
	}
	if o.Hostname == "" {
		o.Hostname = "gw1"
	}
	if o.Username == "" {
		o.Username = "netops"
	}
	g := &Gateway{o: o, sys: sys, device: sys.device, terminal: sys.terminal, clock: o.Clock, seen: map[string]int{}, conns: map[net.Conn]bool{}}
	for _, f := range o.Faults {
		if err := f.check(); err != nil {
			return nil, err
		}
	}
	g.startup = o.Startup
	if o.Fresh && g.terminal.Fresh != nil {
		var b strings.Builder
		if err := g.terminal.Fresh.Execute(&b, o); err != nil {
			return nil, fmt.Errorf("simulated gateway: %w", err)
		}
		g.startup = b.String() + o.Startup
	}
	g.boot()
	if err := g.listen(); err != nil {
		return nil, fmt.Errorf("simulated gateway: %w", err)
	}
	return g, nil
}

// boot begins with the startup configuration; probes have settled.
func (g *Gateway) boot() {
	g.booted = g.clock.Now()
	g.running = g.device.Config(g.startup)
	g.startup = g.running.Text()
	g.shared = g.running.Clone()
	g.history = []commit{{config: g.running.Clone(), at: g.booted, user: "root"}}
	g.state = newState(g)
	for _, f := range g.o.Faults {
		if f.Kind == "down" {
			g.state.setCircuit(g.hops(f.Value), false)
		}
	}
	g.state.read(g.running, true)
}

// Close ends the gateway and its connections.
func (g *Gateway) Close() error {
	err := g.listener.Close()
	g.mu.Lock()
	g.stopTimer()
	g.shut = true
	g.hangUp()
	g.mu.Unlock()
	g.done.Wait()
	return err
}

// Running returns the configuration in force.
func (g *Gateway) Running() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.running.Text()
}

// Startup returns the configuration that is in force after a restart.
func (g *Gateway) Startup() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.startup
}

// Candidate returns what is edited and not in force: the candidate of all, or
// the one of the last session that has one.
func (g *Gateway) Candidate() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range slices.Backward(g.shells) {
		if s.candidate != nil {
			return s.candidate.Text()
		}
	}
	if g.terminal.Store == "shared" {
		return g.shared.Text()
	}
	return g.running.Text()
}

// PendingRevert returns when an unconfirmed change is taken back.
func (g *Gateway) PendingRevert() (time.Time, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pending == nil {
		return time.Time{}, false
	}
	return g.pending.at, true
}

// SetCircuit says whether what lies behind a circuit answers: one that the
// options name, or a next hop.
func (g *Gateway) SetCircuit(name string, up bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.state.setCircuit(g.hops(name), up)
}

// Forwarding returns the next hops of a prefix in the forwarding table.
func (g *Gateway) Forwarding(prefix string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.state.settle()
	var out []string
	for _, r := range g.state.forwarding(prefix) {
		out = append(out, r.Get("hop"))
	}
	return out
}

// Type is a second administrator at the console: the lines are typed in the
// configuration mode and are in force at once. The first line that is refused
// ends it.
func (g *Gateway) Type(lines ...string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.typeLines(lines)
}

func (g *Gateway) typeLines(lines []string) error {
	if g.lock != nil {
		return fmt.Errorf("the configuration is locked by %s", g.lock.user)
	}
	live := g.terminal.Store == "live"
	next := g.running
	if live {
		defer g.changed() // Also what stands before a refused line.
	} else {
		next = next.Clone()
	}
	e := next.Edit()
	for _, l := range lines {
		if r := e.Type(l); r != nil {
			return r
		}
	}
	if live {
		return nil
	}
	if r := next.Check(); r != nil {
		return r
	}
	g.enforce(next, "console", "")
	return nil
}

// Reboot restarts the gateway. Every connection ends.
func (g *Gateway) Reboot() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.reboot()
}

func (g *Gateway) reboot() {
	g.stopTimer()
	g.pending, g.lock = nil, nil
	if g.terminal.Reboot.Say == "running" {
		g.startup = g.running.Text()
	}
	g.hangUp()
	g.boot()
}

// hangUp ends all connections without a word.
func (g *Gateway) hangUp() {
	for c := range g.conns {
		_ = c.Close() // It is gone either way.
	}
}

// enforce makes a configuration the running one.
func (g *Gateway) enforce(next *simulate.Config, user, comment string) {
	g.running.Replace(next)
	g.changed()
	g.history = slices.Insert(g.history, 0, commit{config: next.Clone(), at: g.clock.Now(), user: user, comment: comment})
	if len(g.history) > 50 {
		g.history = g.history[:50]
	}
	if g.lock == nil && g.terminal.Store == "shared" {
		g.shared.Replace(next)
	}
	if g.terminal.Persistent {
		g.startup, g.saved = g.running.Text(), g.clock.Now()
	}
}

// changed makes the gateway do what its running configuration now says.
func (g *Gateway) changed() {
	g.changes++
	g.state.read(g.running, false)
}

// arm starts the timer that takes a change back.
func (g *Gateway) arm(s *shell, base *simulate.Config, limit time.Duration, bound bool, comment string) {
	p := &pending{base: base, at: g.clock.Now().Add(limit), limit: limit, user: s.user, comment: comment}
	if bound {
		p.by = s
	}
	g.pending = p
	if limit > time.Minute && g.terminal.Messages["warning"] != nil {
		p.stop = append(p.stop, g.clock.AfterFunc(limit-time.Minute, func() { g.tell(p, "warning") }))
	}
	p.stop = append(p.stop, g.clock.AfterFunc(limit, func() { g.expire(p) }))
}

func (g *Gateway) stopTimer() {
	if g.pending == nil {
		return
	}
	for _, stop := range g.pending.stop {
		stop()
	}
	g.pending = nil
}

// expire takes the change back, unless it was confirmed meanwhile.
func (g *Gateway) expire(p *pending) {
	g.mu.Lock()
	if g.pending != p {
		g.mu.Unlock()
		return
	}
	g.revert("root")
	g.mu.Unlock()
	g.broadcast("expired")
}

// revert takes the pending change back.
func (g *Gateway) revert(user string) {
	base := g.pending.base
	g.stopTimer()
	g.enforce(base, user, "")
	for _, s := range g.shells {
		if s.candidate != nil && g.terminal.Store == "session" {
			s.candidate.Replace(g.running)
			s.taken()
		}
	}
}

func (g *Gateway) tell(p *pending, name string) {
	g.mu.Lock()
	still := g.pending == p
	g.mu.Unlock()
	if still {
		g.broadcast(name)
	}
}

// broadcast shows a message on every terminal.
func (g *Gateway) broadcast(name string) {
	r := g.terminal.Messages[name]
	if r == nil {
		return
	}
	g.mu.Lock()
	shells := slices.Clone(g.shells)
	var said []string
	for _, s := range shells {
		said = append(said, s.render(r.Text, nil))
	}
	g.mu.Unlock()
	for i, s := range shells {
		s.screen.interrupt(said[i])
	}
}

// now is the time that the gateway believes it is.
func (g *Gateway) now() time.Time { return g.clock.Now().Add(g.skew()) }
