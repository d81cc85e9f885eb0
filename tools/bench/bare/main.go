// Command bare has recorded dialogues again with simulated gateways, by nothing
// but scrapligo: connect, type each line, wait for the prompt, close. It is what
// a push is measured against.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/scrapli/scrapligo/driver/generic"
	"github.com/scrapli/scrapligo/driver/options"
	"github.com/scrapli/scrapligo/transport"
)

// gateway is one of the inventory, with the lines that are typed on it, by
// connection.
type gateway struct {
	name, key string
	port      int
	dialogue  [][]string
}

func main() {
	inventory := flag.String("inventory", "", "inventory of the simulated gateways")
	dialogue := flag.String("dialogue", "", "what `lab gateway` printed when asked for the dialogue")
	parallel := flag.Int("parallel", 8, "how many gateways at once")
	list := flag.Bool("list", false, "only print the lines, by gateway and connection")
	flag.Parse()
	if err := run(*inventory, *dialogue, *parallel, *list); err != nil {
		fmt.Fprintf(os.Stderr, "bare: %v\n", err)
		os.Exit(1)
	}
}

func run(inventory, dialogue string, parallel int, list bool) error {
	gateways, err := read(inventory, dialogue)
	if err != nil {
		return err
	}
	if list {
		show(gateways)
		return nil
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, parallel)
	errs := make([]error, len(gateways))
	for i, g := range gateways {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			for _, lines := range g.dialogue {
				if err := g.talk(lines); err != nil {
					errs[i] = fmt.Errorf("%s: %w", g.name, err)
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// show writes gateway, port, key, number of the connection and line, separated by tabs.
func show(gateways []*gateway) {
	for _, g := range gateways {
		for i, lines := range g.dialogue {
			for _, l := range lines {
				fmt.Printf("%s\t%d\t%s\t%d\t%s\n", g.name, g.port, g.key, i, l)
			}
		}
	}
}

// talk has one connection.
func (g *gateway) talk(lines []string) error {
	d, err := generic.NewDriver("127.0.0.1",
		options.WithPort(g.port), options.WithAuthUsername("netops"), options.WithAuthPrivateKey(g.key, ""), options.WithAuthNoStrictKey(),
		options.WithTransportType(transport.StandardTransport), options.WithTimeoutOps(time.Minute),
	)
	if err != nil {
		return err
	}
	if err := d.Open(); err != nil {
		return err
	}
	for _, l := range lines {
		if _, err := d.Channel.SendInput(l); err != nil {
			_ = d.Close() // The error before it is what matters.
			return fmt.Errorf("%s: %w", l, err)
		}
	}
	return d.Close()
}

var field = regexp.MustCompile(`(?:- name|key_file): "([^"]+)"|^    port: (\d+)`)

// read joins the inventory, which is as `lab gateway` writes it, and what was
// typed: all that stands behind a prompt of the gateway.
func read(inventory, dialogue string) ([]*gateway, error) {
	data, err := os.ReadFile(inventory)
	if err != nil {
		return nil, err
	}
	var out []*gateway
	byName := map[string]*gateway{}
	for _, line := range strings.Split(string(data), "\n") {
		m := field.FindStringSubmatch(line)
		switch {
		case m == nil:
		case strings.Contains(line, "- name"):
			out = append(out, &gateway{name: m[1]})
			byName[m[1]] = out[len(out)-1]
		case m[2] != "":
			out[len(out)-1].port, err = strconv.Atoi(m[2])
		default:
			out[len(out)-1].key = m[1]
		}
		if err != nil {
			return nil, err
		}
	}
	f, err := os.Open(dialogue)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return out, typed(bufio.NewScanner(f), byName)
}

func typed(in *bufio.Scanner, byName map[string]*gateway) error {
	in.Buffer(nil, 1<<20)
	var g *gateway
	var prompt *regexp.Regexp
	for in.Scan() {
		line := strings.TrimRight(in.Text(), "\r")
		if name, ok := strings.CutPrefix(line, "=== gateway "); ok {
			if g = byName[name]; g == nil {
				return fmt.Errorf("the inventory has no %s", name)
			}
			prompt = regexp.MustCompile(`^` + regexp.QuoteMeta(name) + `(?:\([^)]*\))?[#>](.+)$`)
		}
		switch {
		case g == nil:
		case strings.Contains(line, "=== connection "):
			g.dialogue = append(g.dialogue, nil)
		default:
			if m := prompt.FindStringSubmatch(line); m != nil {
				last := len(g.dialogue) - 1
				g.dialogue[last] = append(g.dialogue[last], strings.TrimSpace(m[1]))
			}
		}
	}
	return in.Err()
}
