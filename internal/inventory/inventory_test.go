package inventory_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/inventory"
)

const head = "version: 1\ngateways:\n  - name: gw1\n    os: cisco-iosxe\n"

// codes decodes a text and returns the codes that it gives, in order.
func codes(t *testing.T, text string) []string {
	t.Helper()
	var list diag.List
	inventory.Decode("test.yaml", []byte(text), &list)
	var out []string
	for _, d := range list.Sorted() {
		out = append(out, string(d.Code))
	}
	return out
}

func TestEveryKeyIsRead(t *testing.T) {
	var list diag.List
	inv := inventory.Decode("test.yaml", []byte(head+`    platform: asr
    os_version: 17.9.4a
    address: 2001:db8::1
    port: 2222
    username: netops
    auth: {key_file: ~/.ssh/id_ed25519}
    jump: {address: jump.example.net, port: 2200, username: ops, auth: {password_env: JUMP_PASSWORD}, known_hosts: jump_hosts, old_algorithms: [ssh-rsa]}
    known_hosts: ~/hosts
    old_algorithms: [diffie-hellman-group14-sha1, aes128-cbc, aes128-cbc]
    transport: native
    keepalive: 0s
    ports:
      wan1: GigabitEthernet0/0/0
      wan2: {name: GigabitEthernet0/0/1, slot: 3, negotiation: 1000 full}
    id_offset: 1000
    flow_source: {interface: Loopback0, address: 172.16.255.1}
    management: {prefixes: [203.0.113.0/24], vrf: mgmt}
    if_index: {ec1: 12, ec2: 13}
    security_zone: {circuits: cloud, site: trust}
`), &list)
	for _, d := range list.Sorted() {
		t.Errorf("%s: %s", d.Pos, d.Text)
	}
	g := inv.Gateway("gw1")
	if g == nil {
		t.Fatal("the gateway is not there")
	}
	if inv.Gateway("gw2") != nil || g.PortOf("wan3") != nil {
		t.Error("something is found that is not there")
	}
	for what, ok := range map[string]bool{
		"platform":      g.Platform.Val == "asr",
		"os_version":    g.OSVersion.Val == "17.9.4a",
		"address":       g.Address.Val == "2001:db8::1",
		"port":          g.Port.Val == 2222,
		"known_hosts":   g.KnownHosts.Val == "~/hosts" && g.Jump.KnownHosts.Val == "jump_hosts",
		"old":           len(g.OldAlgorithms) == 2 && len(g.Jump.OldAlgorithms) == 1,
		"transport":     g.Transport.Val == inventory.TransportNative,
		"keepalive":     g.KeepAlive.Set && g.KeepAlive.Val == 0,
		"username":      g.Username.Val == "netops",
		"auth":          g.Auth.KeyFile.Val == "~/.ssh/id_ed25519" && !g.Auth.Agent,
		"jump":          g.Jump.Address.Val == "jump.example.net" && g.Jump.Port.Val == 2200 && g.Jump.Auth.PasswordEnv.Val == "JUMP_PASSWORD",
		"wan1":          g.PortOf("wan1").Name.Val == "GigabitEthernet0/0/0" && !g.PortOf("wan1").Slot.Set,
		"wan2":          g.PortOf("wan2").Slot.Val == 3 && g.PortOf("wan2").Negotiation.Val == "1000 full",
		"id_offset":     g.IDOffset.Val == 1000,
		"flow_source":   g.FlowSource.Interface.Val == "Loopback0" && g.FlowSource.Address.Val.String() == "172.16.255.1",
		"management":    len(g.Management.Prefixes) == 1 && g.Management.VRF.Val == "mgmt",
		"if_index":      len(g.IfIndex) == 2 && g.IfIndex["ec2"].Val == 13,
		"security_zone": g.SecurityZone.Circuits.Val == "cloud" && g.SecurityZone.Site.Val == "trust",
	} {
		if !ok {
			t.Errorf("%s is not what the file says", what)
		}
	}
}

func TestDefaults(t *testing.T) {
	var list diag.List
	inv := inventory.Decode("test.yaml", []byte(head+"    jump: {address: j}\n    ports: {wan1: Gi1}\n"), &list)
	g := inv.Gateways[0]
	if list.Len() != 0 || g.Port.Val != 22 || g.Jump.Port.Val != 22 || g.Auth != nil || g.FlowSource != nil {
		t.Errorf("%d diagnostics, %+v", list.Len(), g)
	}
}

func TestMistakes(t *testing.T) {
	const ports = "    ports: {wan1: GigabitEthernet0/0/0}\n"
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "version: 1\n", []string{"missing-key"}},
		{"no gateway", "version: 1\ngateways: []\n", []string{"missing-key"}},
		{"gateways as mapping", "version: 1\ngateways: {gw1: {}}\n", []string{"wrong-type"}},
		{"bad host", head + ports + "    address: 203.0.113.10/24\n", []string{"bad-name"}},
		{"host with port", head + ports + "    address: 203.0.113.10:22\n", []string{"bad-address"}},
		{"host with a wrong octet", head + ports + "    address: 203.0.113.256\n", []string{"bad-address"}},
		{"host that is no IPv6", head + ports + "    address: 2001:db8::g\n", []string{"bad-address"}},
		{"host name", head + ports + "    address: gw1.example.net\n", nil},
		{"port out of range", head + ports + "    port: 0\n", []string{"bad-value"}},
		{"no way to log in", head + ports + "    auth: {}\n", []string{"bad-value"}},
		{"agent off", head + ports + "    auth: {agent: false}\n", []string{"bad-value"}},
		{"two ways to log in", head + ports + "    auth: {agent: true, password_env: X}\n", []string{"bad-value"}},
		{"password", head + ports + "    auth: {password: x}\n", []string{"literal-secret"}},
		{"passphrase", head + ports + "    auth: {key_file: k, passphrase: x}\n", []string{"literal-secret"}},
		{"password of the gateway", head + ports + "    enable_password: x\n", []string{"literal-secret"}},
		{"password as login", head + ports + "    auth: x\n", []string{"literal-secret"}},
		{"password of the jump host", head + ports + "    jump: {address: j, password: x}\n", []string{"literal-secret"}},
		{"key in the file", head + ports + "    auth:\n      key_file: |\n        -----BEGIN OPENSSH PRIVATE KEY-----\n        x\n", []string{"literal-secret"}},
		{"port as list", head + "    ports: [wan1]\n", []string{"wrong-type"}},
		{"port without name", head + "    ports: {wan1: {slot: 1}}\n", []string{"missing-key"}},
		{"port with a blank", head + "    ports: {wan1: GigabitEthernet 0/0/0}\n", []string{"bad-name"}},
		{"negotiation in words", head + "    ports: {wan1: {name: G0, negotiation: full}}\n", []string{"bad-name"}},
		{"if_index of nothing", head + ports + "    if_index: {ec1: 0}\n", []string{"bad-value"}},
		{"newer format", strings.Replace(head, "version: 1", "version: 2", 1) + ports, []string{"unsupported-version"}},
	} {
		if got := codes(t, c.text); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestShippedInventoriesAreRight(t *testing.T) {
	files, err := filepath.Glob("../../inventory/*/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no shipped files: %v", err)
	}
	for _, f := range files {
		if filepath.Base(f) == "scenario.yaml" {
			continue
		}
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var list diag.List
		inventory.Decode(f, data, &list)
		for _, d := range list.Sorted() {
			t.Errorf("%s: %s", d.Pos, d.Text)
		}
	}
}

func TestConnectionsThatCannotBe(t *testing.T) {
	const ports = "    ports: {wan1: GigabitEthernet0/0/0}\n"
	for text, want := range map[string]string{
		"transport: system":                                                       "",
		"transport: system\n    ssh_config: config":                               "",
		"transport: system\n    auth: {agent: true}":                              "",
		"transport: system\n    auth: {password_env: SECRET}":                     string(diag.CodeValue),
		"transport: system\n    jump: {address: j, auth: {password_env: SECRET}}": string(diag.CodeValue),
		"ssh_config: config":                                                      string(diag.CodeValue),
		"transport: telnet":                                                       string(diag.CodeWord),
		"old_algorithms: [none]":                                                  string(diag.CodeWord),
		"old_algorithms: [ssh-dss]":                                               string(diag.CodeWord),
		"keepalive: 300ms":                                                        string(diag.CodeValue),
		"keepalive: 1h":                                                           string(diag.CodeValue),
		"keepalive: 1s":                                                           "",
		"keepalive: 5m":                                                           "",
		"keepalive: -1s":                                                          string(diag.CodeType),
	} {
		got := strings.Join(codes(t, head+"    "+text+"\n"+ports), " ")
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
