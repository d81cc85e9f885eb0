package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/twinpath/twinpath/internal/diag"
	played "github.com/twinpath/twinpath/internal/gateway"
	"github.com/twinpath/twinpath/internal/intent"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/render"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/templates"
	"github.com/twinpath/twinpath/vendors"
)

type labGatewayOptions struct {
	os, platform      string
	scenario, inv     string
	gateway, startup  string
	listen, directory string
	faults            []string
	reply             time.Duration
}

func newLabGateway(st Streams) *cobra.Command {
	var o labGatewayOptions
	cmd := &cobra.Command{
		Use:   "gateway --os OS | --scenario SCENARIO -i INVENTORY",
		Short: "Play gateways that can be logged in to, to rehearse a change",
		Long: `Plays the command line of one operating system, or of every gateway of an
inventory, on this machine: a real SSH server with modes, prompts, a pager, the
running, candidate and startup configuration, the confirm timer, probes and the
forwarding table. It needs no root, no device and no network.

It writes inventory.yaml, known_hosts and a key for each gateway, with which
plan and push work as with real ones, and prints where they are. It plays until
it is interrupted, or until its input ends with "quit". Meanwhile it takes
lines from its input: "down CIRCUIT" and "up CIRCUIT" (what is behind a circuit
stops answering, and answers again), "type LINE" (a second administrator at the
console), "reboot", "running", "startup", "dialogue" (all that was typed and said).

--startup fresh     a gateway with a name and no circuits (default)
--startup scenario  what the scenario renders for it
--startup FILE      a saved running configuration, such as the real gateway's

What is played is written from the vendors' documentation and public captures,
not from a device; what rests on no source is marked in vendors/OS/device.yaml.
A rehearsal that goes well is no proof that the real change will.

--fault lets something go wrong, and may be given several times:
  refuse@line:3  hang@line:3  drop@commit  drop-after@commit  reboot@line:2
  late@line:1  edit@line:2=LINE;LINE  ask@any:5  pager@show:3  slow=BYTES,PAUSE
  log  wrong-key  no-login  disk-full  skew=-2h  down=CIRCUIT
Events are line, enter, leave, commit, confirm, abort, save, show, any and
login; the number says which one, from 1.`,
		Example: `  twinpath lab gateway --scenario inventory/shanghai/scenario.yaml -i INVENTORY
  twinpath lab gateway --os OS --startup saved.cfg --fault drop-after@commit`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return o.run(ctx, st, cmd.InOrStdin())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.os, "os", "", "operating `SYSTEM` to play, a folder of vendors/; see 'twinpath vendors'")
	f.StringVar(&o.platform, "platform", "", "`PLATFORM` of the system, where it has several")
	f.StringVar(&o.scenario, "scenario", "", "scenario `FILE` whose gateways are played")
	f.StringVarP(&o.inv, "inventory", "i", "", "inventory `FILE` that says what they are")
	f.StringVar(&o.gateway, "gateway", "", "play only this `GATEWAY`")
	f.StringVar(&o.startup, "startup", "fresh", "what they begin with: fresh, scenario or a `FILE`")
	f.StringVar(&o.listen, "listen", played.ListenAddress, "`ADDRESS` to listen on, loopback by default")
	f.StringVar(&o.directory, "dir", "", "`FOLDER` for the inventory, the keys and known_hosts (default: a new one)")
	f.StringArrayVar(&o.faults, "fault", nil, "let something go wrong, as in drop@commit or refuse@line:3")
	f.DurationVar(&o.reply, "reply", 0, "how long they think about each line")
	complete(cmd, "startup", "fresh", "scenario")
	return cmd
}

func (o labGatewayOptions) run(ctx context.Context, st Streams, in io.Reader) error {
	if (o.os == "") == (o.inv == "") {
		return usageError("say what to play: --os OS, or --scenario SCENARIO -i INVENTORY")
	}
	if o.inv != "" && o.scenario == "" {
		return usageError("-i needs --scenario: it says which circuits the gateways have")
	}
	if o.startup == "scenario" && o.scenario == "" {
		return usageError("--startup scenario needs --scenario")
	}
	var faults []played.Fault
	for _, text := range o.faults {
		f, err := played.ParseFault(text)
		if err != nil {
			return usageError("%v", err)
		}
		faults = append(faults, f)
	}
	input, err := newInput()
	if err != nil {
		return err
	}
	list, err := o.stages(st, input)
	if err != nil {
		return err
	}
	var placed []played.Placed
	defer func() {
		for _, p := range placed {
			_ = p.Gateway.Close() // The process ends with it.
		}
	}()
	for i := range list {
		list[i].options.Faults, list[i].options.Reply, list[i].options.Listen = faults, o.reply, o.listen
		g, err := played.New(list[i].options)
		if err != nil {
			return err
		}
		placed = append(placed, played.Placed{Gateway: g, As: list[i].as})
	}
	if err := o.announce(st.Out, placed); err != nil {
		return err
	}
	return control(ctx, st, in, placed)
}

// stage is a gateway that is about to be played.
type stage struct {
	options played.Options
	as      *inventory.Gateway
}

// stages says what each gateway is and begins with.
func (o labGatewayOptions) stages(st Streams, in *input) ([]stage, error) {
	startup := ""
	if o.startup != "fresh" && o.startup != "scenario" {
		data, err := os.ReadFile(o.startup)
		if err != nil {
			return nil, fmt.Errorf("read the startup configuration: %w", err)
		}
		startup = string(data)
	}
	if o.scenario == "" {
		p, err := in.registry.Profile(o.os)
		if err != nil {
			return nil, err
		}
		if p == nil {
			return nil, usageError("the operating system %q is not known (%s)", o.os, diag.DidYouMean(o.os, in.registry.IDs()))
		}
		as := &inventory.Gateway{}
		as.Name.Val, as.OS.Val, as.Platform.Val = "gw1", o.os, o.platform
		return []stage{{as: as, options: played.Options{
			Systems: vendors.FS, OS: o.os, Platform: o.platform, Hostname: "gw1", Startup: startup, Fresh: startup == "",
		}}}, nil
	}
	return o.scenarioStages(st, in, startup)
}

func (o labGatewayOptions) scenarioStages(st Streams, in *input, startup string) ([]stage, error) {
	scenarios, inv := in.load([]string{o.scenario}, o.inv)
	if in.list.HasErrors() {
		return nil, st.printDiagnostics(in)
	}
	s := scenarios[0]
	gws, err := in.gateways(&in.list, s, target{name: targetName(o.inv), inv: inv, os: o.os, platform: o.platform}, o.gateway)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(gws))
	if o.startup == "scenario" {
		if texts, err = renderedRunning(in, s, gws); err != nil {
			return nil, err
		}
	}
	in.list.DropInfo()
	if err := st.printDiagnostics(in); err != nil {
		return nil, err
	}
	var out []stage
	for i, g := range gws {
		text := texts[i]
		if startup != "" {
			text = startup
		}
		out = append(out, stage{as: g.inv, options: played.Options{
			Systems: vendors.FS, OS: g.inv.OS.Val, Platform: platformOf(g.inv.Platform.Val, g.profile.DefaultPlatform), Hostname: g.name,
			Startup: text, Fresh: startup == "", Circuits: nextHops(s, g.name),
		}})
	}
	return out, nil
}

// platformOf is the grammar that a gateway has: none for the usual one.
func platformOf(name, usual string) string {
	if name == usual {
		return ""
	}
	return name
}

// nextHops are the cloud's ends of the circuits, by their names.
func nextHops(s *scenario.Scenario, name string) map[string][]string {
	out := map[string][]string{}
	for _, c := range s.CircuitsOf(name) {
		for _, l := range []*scenario.Link{c.V4, c.V6} {
			if l != nil {
				out[c.Name.Val] = append(out[c.Name.Val], l.Cloud.Val.Addr().String())
			}
		}
	}
	return out
}

// renderedRunning returns what the scenario renders for each gateway.
func renderedRunning(in *input, s *scenario.Scenario, gws []gateway) ([]string, error) {
	devices := make([]*intent.Device, len(gws))
	build(&in.list, s, gws, func(i int, d *intent.Device, _ *diag.List) { devices[i] = d })
	out := make([]string, len(gws))
	if in.list.HasErrors() {
		return out, nil
	}
	renderer := render.New(templates.FS)
	for i, d := range devices {
		var err error
		if out[i], err = renderer.Render(d, render.Running); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// announce writes the files and says how the gateways are reached.
func (o labGatewayOptions) announce(w io.Writer, placed []played.Placed) error {
	dir := o.directory
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "twinpath-gateway-"); err != nil {
			return err
		}
	}
	if err := played.WriteFiles(dir, placed); err != nil {
		return fmt.Errorf("write the files of the simulated gateways: %w", err)
	}
	inv := filepath.Join(dir, "inventory.yaml")
	for _, p := range placed {
		fmt.Fprintf(w, "%s  %s  ssh -p %d -i %s -o UserKnownHostsFile=%s netops@%s\n", p.As.Name.Val, p.As.OS.Val,
			p.Gateway.Addr.Port, filepath.Join(dir, p.As.Name.Val+".key"), filepath.Join(dir, "known_hosts"), p.Gateway.Addr.IP)
	}
	name := o.scenario
	if name == "" {
		name = "SCENARIO"
	}
	_, err := fmt.Fprintf(w, "inventory  %s\nplan       twinpath plan %s -i %s -o PLAN\npush       twinpath push PLAN -i %s\n", inv, name, inv, inv)
	return err
}

// control takes lines from the input until it is told to end. An input that ends
// by itself, as that of a service does, changes nothing.
func control(ctx context.Context, st Streams, in io.Reader, placed []played.Placed) error {
	lines := make(chan string)
	go func() {
		for sc := bufio.NewScanner(in); sc.Scan(); {
			select {
			case lines <- sc.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case l := <-lines:
			verb, rest, _ := strings.Cut(strings.TrimSpace(l), " ")
			if verb == "quit" {
				return nil
			}
			for _, p := range placed {
				if err := controlled(st.Out, p, verb, rest); err != nil {
					fmt.Fprintf(st.Err, "%s: %v\n", p.As.Name.Val, err)
				}
			}
		}
	}
}

// controlled does one thing to a gateway.
func controlled(w io.Writer, p played.Placed, verb, rest string) error {
	g := p.Gateway
	switch verb {
	case "":
	case "down", "up":
		g.SetCircuit(rest, verb == "up")
	case "type":
		return g.Type(rest)
	case "reboot":
		g.Reboot()
	case "running":
		fmt.Fprint(w, g.Running())
	case "startup":
		fmt.Fprint(w, g.Startup())
	case "dialogue":
		fmt.Fprintf(w, "=== gateway %s\n%s\n", p.As.Name.Val, g.Dialogue())
	default:
		return fmt.Errorf("%q is none of down CIRCUIT, up CIRCUIT, type LINE, reboot, running, startup, dialogue, quit", verb)
	}
	return nil
}
