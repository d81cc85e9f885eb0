package device

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/creack/pty"
)

// program is a connection that OpenSSH's own program carries, in a terminal of
// its own: for users who log in by what only it can do (their configuration of
// it, GSSAPI, FIDO keys). scrapligo's transport of that kind is not used: it
// never waits for the program it ended, and closes the terminal while another
// goroutine reads from it (transport/system.go of v1.4.3).
type program struct {
	target Target

	cmd  *exec.Cmd
	tty  *os.File
	once sync.Once
	err  error
}

// openSSH is the name of the program.
const openSSH = "ssh"

// open starts the program. Whether it can log in is seen at the first prompt.
func (p *program) open(context.Context) error {
	path, err := exec.LookPath(openSSH)
	if err != nil {
		return fmt.Errorf("transport: system needs OpenSSH's program %s: %w", openSSH, err)
	}
	if _, err := os.Stat(p.target.KnownHosts); err != nil {
		return &HostKeyError{Address: p.target.addr(), Reason: fmt.Sprintf("there is no file of known hosts %s", p.target.KnownHosts)}
	}
	args, err := p.target.arguments()
	if err != nil {
		return err
	}
	p.cmd = exec.Command(path, args...) //nolint:gosec,noctx // The arguments are checked at the border; Close ends it.
	p.tty, err = pty.StartWithSize(p.cmd, &pty.Winsize{Rows: termHeight, Cols: termWidth})
	if err != nil {
		return fmt.Errorf("start %s: %w", path, err)
	}
	return nil
}

// arguments returns what OpenSSH is started with.
func (t Target) arguments() ([]string, error) {
	args := append(t.Host.options(t.Config, t.KeepAlive), "-tt", "-o", "EscapeChar=none", "-o", "RemoteCommand=none")
	if t.Jump != nil {
		via, err := t.Jump.proxy(t.Config, t.KeepAlive)
		if err != nil {
			return nil, err
		}
		args = append(args, "-o", "ProxyCommand="+via)
	}
	return append(args, "--", t.Address), nil
}

// options are those that hold for every host. What stands on the command line
// wins over any file of configuration (ssh_config(5)), so that none can make
// the program trust an unknown host, ask at the terminal, or use a connection
// of somebody else.
func (h Host) options(config string, alive time.Duration) []string {
	set := []string{
		"BatchMode=yes",
		"StrictHostKeyChecking=yes",
		"UserKnownHostsFile=" + quoted(h.KnownHosts),
		"GlobalKnownHostsFile=/dev/null",
		"IgnoreUnknown=KnownHostsCommand,UpdateHostKeys",
		"KnownHostsCommand=none",
		"UpdateHostKeys=no",
		"VerifyHostKeyDNS=no",
		"NoHostAuthenticationForLocalhost=no",
		"ControlMaster=no",
		"ControlPath=none",
		"ClearAllForwardings=yes",
		"ForwardAgent=no",
		"ForwardX11=no",
		"PermitLocalCommand=no",
		"LogLevel=INFO", // Why a connection ended is said at this level (log.c of 9.2).
	}
	if alive > 0 {
		set = append(set, fmt.Sprintf("ServerAliveInterval=%d", max(1, int(alive.Seconds()))), fmt.Sprintf("ServerAliveCountMax=%d", missed))
	}
	if h.KeyFile != "" {
		set = append(set, "IdentitiesOnly=yes")
	}
	set = append(set, h.oldOptions()...)
	var args []string
	if config != "" {
		args = append(args, "-F", config)
	}
	for _, o := range set {
		args = append(args, "-o", o)
	}
	if h.Username != "" {
		args = append(args, "-l", h.Username)
	}
	if h.KeyFile != "" {
		args = append(args, "-i", h.KeyFile)
	}
	return append(args, "-p", strconv.Itoa(h.Port))
}

// oldOptions allow the old algorithms of the inventory. Each is added to every
// list of its kind that OpenSSH has; it knows which of them it belongs to by
// its name, as this does.
func (h Host) oldOptions() []string {
	var out []string
	for _, a := range h.Old {
		switch {
		case strings.HasPrefix(a, "diffie-hellman-"):
			out = append(out, "KexAlgorithms=+"+a)
		case strings.HasPrefix(a, "hmac-"):
			out = append(out, "MACs=+"+a)
		case strings.HasPrefix(a, "ssh-"):
			out = append(out, "HostKeyAlgorithms=+"+a)
		default:
			out = append(out, "Ciphers=+"+a)
		}
	}
	return merged(out)
}

// merged puts options of the same name together: of several, OpenSSH takes the
// first alone.
func merged(options []string) []string {
	var out []string
	for _, o := range options {
		name, value, _ := strings.Cut(o, "=+")
		i := slices.IndexFunc(out, func(have string) bool { return strings.HasPrefix(have, name+"=+") })
		if i < 0 {
			out = append(out, o)
		} else {
			out[i] += "," + value
		}
	}
	return out
}

// quoted makes one word of a path for a file of configuration, in which spaces
// part words and % begins a token.
func quoted(path string) string {
	return `"` + strings.ReplaceAll(path, "%", "%%") + `"`
}

// proxy is the command that goes through a jump host. OpenSSH's own ProxyJump
// would check the key of that host as the user's configuration says.
func (h Host) proxy(config string, alive time.Duration) (string, error) {
	args := append([]string{openSSH}, h.options(config, alive)...)
	args = append(args, "-W", "[%h]:%p", "--", h.Address)
	for i, a := range args {
		if a == "[%h]:%p" {
			continue
		}
		if strings.ContainsAny(a, "'\n") {
			return "", fmt.Errorf("%q cannot stand in a command for OpenSSH", a)
		}
		args[i] = "'" + strings.ReplaceAll(a, "%", "%%") + "'"
	}
	return strings.Join(args, " "), nil
}

// Read reads what has arrived.
func (p *program) Read(b []byte) (int, error) { return p.tty.Read(b) }

// Write sends bytes.
func (p *program) Write(b []byte) (int, error) { return p.tty.Write(b) }

// Close ends the program and waits for it.
func (p *program) Close() error {
	p.once.Do(func() {
		if p.tty == nil {
			return
		}
		// The terminal's end makes the program end; one that does not is killed.
		p.err = p.tty.Close()
		kill := time.AfterFunc(lingers, func() { _ = p.cmd.Process.Kill() })
		defer kill.Stop()
		_ = p.cmd.Wait() // How it ended does not matter: it was told to.
	})
	return p.err
}

// lingers is how long the program may take to end.
const lingers = time.Second

// why reads OpenSSH's last words, which it prints where the gateway's would be.
func (p *program) why(err error, heard string) error {
	heard = strings.TrimSpace(heard[strings.LastIndexByte(heard, '\n')+1:])
	low := strings.ToLower(heard)
	switch {
	case strings.Contains(low, "host key") || strings.Contains(low, "revoked"):
		return &HostKeyError{Address: p.target.addr(), Reason: fmt.Sprintf("OpenSSH says %q", heard)}
	case strings.Contains(low, "permission denied"):
		return fmt.Errorf("the gateway did not let user %q log in: OpenSSH says %q", p.target.Username, heard)
	case strings.Contains(low, "not responding"), strings.HasPrefix(low, openSSH+":"), strings.HasPrefix(low, "unable to negotiate"), strings.HasPrefix(low, "connection "):
		return fmt.Errorf("OpenSSH says %q", heard)
	}
	return err // The last line may be the gateway's.
}
