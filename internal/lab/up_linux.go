package lab

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/vishvananda/netns"
	"golang.org/x/sync/errgroup"
)

// newLab seals the bubble and checks the kernel; nothing of the lab runs yet.
func newLab(ctx context.Context, o Options, log io.Writer) (*Lab, error) {
	root, err := routerRoot()
	if err != nil {
		return nil, err
	}
	l := &Lab{root: root, dir: labDir, log: log, start: time.Now(), spaces: map[string]netns.NsHandle{}}
	if err := seal(l.dir); err != nil {
		return nil, err
	}
	if err := l.checkKernel(ctx); err != nil {
		return nil, err
	}
	return l, l.files(o)
}

// up builds the lab: cables and addresses, three routers, sshd and the cloud's
// probes. The gateway has its site side and SSH, and nothing of the circuits.
func (l *Lab) up(ctx context.Context) error {
	if err := l.cables(ctx); err != nil {
		return fmt.Errorf("build the network: %w", err)
	}
	script, err := l.file("router.sh", "router.sh", nil)
	if err != nil {
		return err
	}
	if _, err := l.run(ctx, command{name: script, args: []string{"prepare", l.root}}); err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return l.startRouter(gctx, nsGateway, "gateway.conf", l.gatewayFacts()) })
	for i, c := range l.model.circuits {
		start := l.startRouter
		conf := "border.conf"
		if i == second {
			start, conf = l.startSecond, "border-bird.conf"
		}
		g.Go(func() error { return start(gctx, c.border, conf, l.borderFacts(c)) })
	}
	g.Go(func() error { return l.keys(gctx) })
	if err := g.Wait(); err != nil {
		return fmt.Errorf("start the routers: %w", err)
	}
	if err := l.startSSH(ctx); err != nil {
		return fmt.Errorf("start the gateway's SSH: %w", err)
	}
	l.cloud, err = l.startCloud(ctx)
	return err
}

func (l *Lab) cables(ctx context.Context) error {
	var add string
	for _, ns := range l.model.namespaces() {
		if err := l.addSpace(ctx, ns); err != nil {
			return err
		}
		add += ns + " "
		for name, value := range map[string]string{
			"net/ipv4/ip_forward": "1", hashPolicy: "1", "net/ipv4/conf/all/rp_filter": "0",
			"net/ipv4/conf/default/rp_filter": "0", "net/ipv6/conf/all/disable_ipv6": "1",
		} {
			if err := l.sysctl(ns, name, value); err != nil && name != "net/ipv6/conf/all/disable_ipv6" {
				return err // a kernel without IPv6 has nothing to turn off
			}
		}
	}
	if err := l.ip(ctx, "", l.model.links()); err != nil {
		return err
	}
	for _, ns := range l.model.namespaces() {
		if err := l.ip(ctx, ns, l.model.addresses(ns)); err != nil {
			return err
		}
	}
	return nil
}

// gatewayFacts fill in the gateway's first configuration.
func (l *Lab) gatewayFacts() any {
	return struct {
		SitePort       string
		Management     netip.Prefix
		Loopback, Host netip.Addr
		Site           netip.Prefix
	}{sitePort, l.model.management, loopback, l.model.host, l.model.site}
}

// borderFacts fill in a border router's configuration.
func (l *Lab) borderFacts(c circuit) any {
	return struct {
		Multiplier     int
		IntervalMS     int64
		Gateway, Cloud netip.Addr
		Site           netip.Prefix
	}{l.model.bfdMult, l.model.bfdInterval.Milliseconds(), c.gateway.Addr(), c.cloud.Addr(), l.model.site}
}

func (l *Lab) startRouter(ctx context.Context, ns, conf string, facts any) error {
	path, err := l.file(conf, ns+".conf", facts)
	if err != nil {
		return err
	}
	script := filepath.Join(l.dir, "router.sh")
	if _, err := l.run(ctx, command{ns: ns, name: script, args: []string{"start", l.root, ns}}); err != nil {
		return err
	}
	_, err = l.run(ctx, command{ns: ns, name: script, args: []string{"load", l.root, ns, path}})
	return err
}

// second is the circuit whose border router is another implementation.
const second = 1

// startSecond starts that router.
func (l *Lab) startSecond(ctx context.Context, ns, conf string, facts any) error {
	path, err := l.file(conf, ns+".conf", facts)
	if err != nil {
		return err
	}
	_, err = l.run(ctx, command{ns: ns, name: "bird", args: []string{"-c", path, "-s", filepath.Join(l.dir, ns+".ctl"), "-P", filepath.Join(l.dir, ns+".pid")}})
	return err
}

// keys makes the gateway's host key, the operator's key and the known_hosts
// line that pins the first.
func (l *Lab) keys(ctx context.Context) error {
	for _, name := range []string{"host", "id"} {
		args := []string{"-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", filepath.Join(l.dir, name)}
		if _, err := l.run(ctx, command{name: "ssh-keygen", args: args}); err != nil {
			return err
		}
	}
	pub, err := os.ReadFile(filepath.Join(l.dir, "host.pub"))
	if err != nil {
		return err
	}
	host := l.model.management.Addr().String()
	if l.model.sshPort != 22 {
		host = "[" + host + "]:" + strconv.Itoa(l.model.sshPort)
	}
	return os.WriteFile(filepath.Join(l.dir, "known_hosts"), []byte(host+" "+string(pub)), 0o600)
}

// startSSH starts sshd in the gateway's namespace, in a UTS namespace of its
// own: the prompt of the router's command line is the host's name.
func (l *Lab) startSSH(ctx context.Context) error {
	login, err := l.file("login.sh", "login.sh", struct{ Dir, Root string }{l.dir, l.root})
	if err != nil {
		return err
	}
	if err := l.account(login); err != nil {
		return err
	}
	conf, err := l.file("sshd_config", "sshd_config", struct {
		Port    int
		Address netip.Addr
		Dir     string
	}{l.model.sshPort, l.model.management.Addr(), l.dir})
	if err != nil {
		return err
	}
	sshd, err := lookPath("sshd")
	if err != nil {
		return err
	}
	script := `hostname "$1"; exec "$2" -f "$3" -E "$4"`
	args := []string{"--uts", "sh", "-c", script, "sh", nsGateway, sshd, conf, filepath.Join(l.dir, "sshd.log")}
	if _, err := l.run(ctx, command{ns: nsGateway, name: "unshare", args: args}); err != nil {
		return err
	}
	addr := netip.AddrPortFrom(l.model.management.Addr(), uint16(l.model.sshPort))
	return l.until(ctx, 5*time.Second, "the gateway's SSH to answer", func() (bool, error) {
		err := l.in(nsSite, func() error {
			c, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", addr.String())
			if err != nil {
				return err
			}
			return c.Close()
		})
		return err == nil, nil
	})
}

// until polls until a condition holds, every few milliseconds.
func (l *Lab) until(ctx context.Context, limit time.Duration, what string, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		ok, err := holds()
		if err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited %s for %s", limit, what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
