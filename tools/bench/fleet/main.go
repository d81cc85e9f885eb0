// Command fleet writes a scenario of many gateways and its inventory, as input
// of the benchmarks. The same arguments always give the same files.
//
// Every gateway has two circuits with links and probe sources of their own. Its
// device is one of the inventories that stand beside the shipped model case, in
// turn, so that a fleet is an even mix of the systems that twinpath knows.
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxGateways is bounded by the range of automatic probe sources, a /16 with
// two addresses for each gateway.
const maxGateways = 1<<15 - 1

var (
	firstLink   = netip.MustParseAddr("10.0.0.0")
	firstSource = netip.MustParseAddr("100.96.0.1")
)

// software are systems that run on hosts: a fleet is of routers.
var software = []string{"frr"}

func main() {
	n := flag.Int("n", 1000, "number of gateways")
	dir := flag.String("dir", "", "folder to write scenario.yaml and inventory.yaml into")
	model := flag.String("model", "inventory/shanghai", "folder of the inventories that the devices are taken from")
	only := flag.String("os", "", "make every gateway this system instead of a mix")
	each := flag.Int("each", 0, "also write a scenario for each gateway alone, with so many more prefixes of the cloud")
	flag.Parse()
	err := run(*n, *dir, *model, *only)
	if err == nil && *each > 0 {
		err = writeEach(*n, *dir, *each)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "fleet: %v\n", err)
		os.Exit(1)
	}
}

func run(n int, dir, model, only string) error {
	if n < 1 || n > maxGateways || dir == "" {
		return fmt.Errorf("-dir is needed and -n is 1 to %d", maxGateways)
	}
	devices, err := readDevices(model, only)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := write(filepath.Join(dir, "scenario.yaml"), func(w io.Writer) { scenario(w, n) }); err != nil {
		return err
	}
	return write(filepath.Join(dir, "inventory.yaml"), func(w io.Writer) { inventory(w, n, devices) })
}

func write(name string, content func(io.Writer)) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	content(w)
	return errors.Join(w.Flush(), f.Close())
}

// readDevices returns the text of the first gateway of each inventory in a
// folder, without its name, sorted by file.
func readDevices(model, only string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(model, "*.yaml"))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, f := range files {
		id := strings.TrimSuffix(filepath.Base(f), ".yaml")
		if id == "scenario" || slices.Contains(software, id) || only != "" && id != only {
			continue
		}
		data, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		device, err := device(string(data))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f, err)
		}
		out = append(out, device)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no inventory in %s", model)
	}
	return out, nil
}

const nameLine = "  - name: gw1\n"

// device cuts the gateway gw1 out of an inventory.
func device(text string) (string, error) {
	_, rest, ok := strings.Cut(text, nameLine)
	if !ok {
		return "", errors.New("there is no gateway gw1")
	}
	rest, _, _ = strings.Cut(rest, "\n  - ")
	return strings.TrimRight(rest, "\n") + "\n", nil
}

func gatewayName(i int) string { return fmt.Sprintf("gw%05d", i+1) }

func inventory(w io.Writer, n int, devices []string) {
	fmt.Fprint(w, "version: 1\ngateways:\n")
	for i := range n {
		fmt.Fprintf(w, "  - name: %s\n%s", gatewayName(i), devices[i%len(devices)])
	}
}

const head = `version: 1
name: fleet
mode: active-active
cloud:
  provider: alibaba
  region: cn-shanghai
  prefixes: [192.168.0.0/16]
site:
  prefixes: [172.16.0.0/12]
circuits:
`

const circuit = `  - name: %s-ec%d
    gateway: %s
    port: wan%d
    vlan: 0
    cloud_address: %s/30
    gateway_address: %s/30
    health_check: {source: %s, interval: 2s, probes: 8, change_route: true}
`

const tail = `tracking:
  method: icmp
  interval: 2s
  timeout: 1s
  failures: 3
  recovery: 10s
flow_export:
  protocol: netflow-v9
  collector: 172.16.255.10:2055
  sampling: 1000
  active_timeout: 60s
`

func scenario(w io.Writer, n int) {
	fmt.Fprint(w, head)
	for i := range n {
		circuits(w, i)
	}
	fmt.Fprint(w, tail)
}

// circuits writes the two circuits of a gateway.
func circuits(w io.Writer, i int) {
	for k := range 2 {
		c := 2*i + k
		link := 4 * c
		fmt.Fprintf(w, circuit, gatewayName(i), k+1, gatewayName(i), k+1,
			plus(firstLink, link+1), plus(firstLink, link+2), plus(firstSource, c))
	}
}

// mostPrefixes is how many /24 there are in 198.18.0.0/15, the range for
// benchmarks (RFC 2544), which are added to the cloud's prefixes.
const mostPrefixes = 512

// writeEach writes NAME.yaml for each gateway: its own circuits, and more
// prefixes, each of which is one route over each circuit.
func writeEach(n int, dir string, more int) error {
	if more > mostPrefixes {
		return fmt.Errorf("-each is at most %d", mostPrefixes)
	}
	prefixes := "[192.168.0.0/16"
	for i := range more {
		prefixes += fmt.Sprintf(", %s/24", plus(netip.MustParseAddr("198.18.0.0"), 256*i))
	}
	text := strings.Replace(head, "[192.168.0.0/16", prefixes, 1)
	for i := range n {
		name := gatewayName(i)
		err := write(filepath.Join(dir, name+".yaml"), func(w io.Writer) {
			fmt.Fprint(w, strings.Replace(text, "name: fleet", "name: fleet-"+name, 1))
			circuits(w, i)
			fmt.Fprint(w, tail)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// plus returns the IPv4 address n after a.
func plus(a netip.Addr, n int) netip.Addr {
	b := a.As4()
	binary.BigEndian.PutUint32(b[:], binary.BigEndian.Uint32(b[:])+uint32(n))
	return netip.AddrFrom4(b)
}
