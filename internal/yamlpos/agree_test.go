package yamlpos_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"github.com/twinpath/twinpath/internal/diag"
)

// right is a scenario without a mistake; PLACE is where a value is tried.
const right = `version: 1
name: case
mode: active-active
cloud: {provider: alibaba, region: cn-shanghai, prefixes: [192.168.0.0/16]}
site: {prefixes: [172.16.0.0/12]}
circuits:
  - {name: ec1, gateway: gw1, port: wan1, cloud_address: 10.0.0.1/30, gateway_address: 10.0.0.2/30 CIRCUIT}
  - {name: ec2, gateway: gw2, port: wan2, cloud_address: 10.0.0.5/30, gateway_address: 10.0.0.6/30}
tracking: {method: icmp TRACKING}
`

const rightInventory = `version: 1
gateways:
  - {name: gw1, os: frr, ports: {wan1: eth1, wan2: eth2} GATEWAY}
`

// at returns a file with text at a place of it, or behind it.
func at(file, place, text string) string {
	if place == "TOP" {
		file += text + "\n"
	} else {
		file = strings.Replace(file, " "+place, ", "+text, 1)
	}
	for _, p := range []string{" CIRCUIT", " TRACKING", " GATEWAY"} {
		file = strings.Replace(file, p, "", 1)
	}
	return file
}

// agreement is a value that the schema and the decoder judge alike.
type agreement struct {
	place, text string
	ok          bool
}

var scenarioAgreements = []agreement{
	{"CIRCUIT", "vlan: 7", true},
	{"CIRCUIT", `vlan: "7"`, false},
	{"CIRCUIT", "vlan:", false},
	{"CIRCUIT", "vlan: 7.5", false},
	{"CIRCUIT", "vlan: 99999999999999999999", false},
	{"CIRCUIT", "mtu: 1500", true},
	{"CIRCUIT", `mtu: "1500"`, false},
	{"CIRCUIT", "mtu: ~", false},
	{"CIRCUIT", "vrf: a", true},
	{"CIRCUIT", "vrf: true", false},
	{"CIRCUIT", `vrf: "true"`, true},
	{"CIRCUIT", "vrf: 7", false},
	{"CIRCUIT", "ipv6:", false},
	{"CIRCUIT", "health_check:", false},
	{"CIRCUIT", "id: '7'", false},
	{"CIRCUIT", "health_check: {source: auto}", true},
	{"CIRCUIT", "health_check: {source: auto, interval: 2000ms}", true},
	{"CIRCUIT", "health_check: {source: auto, interval: 3.0s}", true},
	{"CIRCUIT", "health_check: {source: auto, interval: 2500ms}", false},
	{"CIRCUIT", "health_check: {source: auto, interval: 4s}", false},
	{"CIRCUIT", "health_check: {source: auto, interval: 2}", false},
	{"CIRCUIT", "health_check: {source: auto, change_route: true}", true},
	{"CIRCUIT", "health_check: {source: auto, change_route: True}", true},
	{"CIRCUIT", `health_check: {source: auto, change_route: "true"}`, false},
	{"CIRCUIT", "health_check: {source: auto, change_route: yes}", false},
	{"TRACKING", "failures: 3", true},
	{"TRACKING", `failures: "3"`, false},
	{"TRACKING", "failures:", false},
	{"TRACKING", "failures: true", false},
	{"TRACKING", "recovery: 10s", true},
	{"TRACKING", "recovery: 0s", true},
	{"TRACKING", "recovery: 0", false},
	{"TRACKING", `recovery: "0"`, false},
	{"TRACKING", "recovery: +2s", false},
	{"TRACKING", "recovery: -2s", false},
	{"TRACKING", "recovery: .5s", false},
	{"TRACKING", "recovery: 1m30s", true},
	{"TRACKING", "bfd:", false},
	{"TRACKING", "target: ~", false},
	{"TOP", "split: {min_share: 0.2}", true},
	{"TOP", `split: {min_share: "0.2"}`, false},
	{"TOP", "split: {min_share: 20}", false},
	{"TOP", "split:", false},
	{"TOP", "gateway_links:", false},
	{"TOP", "gateway_links: []", true},
	{"TOP", "gateways: []", false},
	{"TOP", "flow_export: {protocol: ipfix, collector: 172.16.0.1:2055}", true},
	{"TOP", "flow_export: {protocol: ipfix, collector: 172.16.0.1:65535}", true},
	{"TOP", "flow_export: {protocol: ipfix, collector: 172.16.0.1:0}", false},
	{"TOP", "flow_export: {protocol: ipfix, collector: 172.16.0.1:65536}", false},
	{"TOP", "flow_export: {protocol: ipfix, collector: 172.16.0.1:99999}", false},
	{"TOP", "flow_export: {protocol: ipfix, collector: collector:2055}", false},
	{"TOP", `flow_export: {protocol: ipfix, collector: "[2001:db8::1]:2055"}`, true},
	{"TOP", "flow_export: {protocol: ipfix, collector: 172.16.0.1}", false},
	{"TOP", "flow_export: {protocol: ipfix, collector: 172.16.0.1:1, active_timeout: 2000ms}", true},
	{"TOP", "flow_export: {protocol: ipfix, collector: 172.16.0.1:1, active_timeout: 1500ms}", false},
	{"TOP", "flow_export: {protocol: ipfix, collector: 172.16.0.1:1, active_timeout: 30m}", true},
	{"TOP", "flow_export: {protocol: ipfix, collector: 172.16.0.1:1, active_timeout: 1800s}", true},
	{"TOP", "flow_export: {protocol: ipfix, collector: 172.16.0.1:1, active_timeout: 31m}", false},
	{"TOP", "flow_export: {protocol: ipfix, collector: 172.16.0.1:1, active_timeout: 1801s}", false},
	{"TOP", "flow_export: {protocol: ipfix, collector: 172.16.0.1:1, active_timeout: 0s}", false},
	{"TOP", "flow_export: {protocol: ipfix, collector: 172.16.0.1:1, active_timeout: 1m30s}", true},
	{"TOP", "flow_export: {protocol: ipfix, collector: 172.16.0.1:1, active_timeout: 99999999999s}", false},
	{"TOP", "flow_export: {protocol: ipfix, collector: 172.16.0.1:1, sampling: '9'}", false},
}

var inventoryAgreements = []agreement{
	{"GATEWAY", "auth: {agent: true}", true},
	{"GATEWAY", "auth: {agent: false}", false},
	{"GATEWAY", `auth: {agent: "true"}`, false},
	{"GATEWAY", "auth: {}", false},
	{"GATEWAY", "auth:", false},
	{"GATEWAY", "auth: {key_file: a}", true},
	{"GATEWAY", "auth: {key_file: ''}", false},
	{"GATEWAY", "auth: {agent: true, key_file: a}", false},
	{"GATEWAY", "auth: {agent: false, key_file: a}", false},
	{"GATEWAY", "auth: {password_env: A, key_file: a}", false},
	{"GATEWAY", "auth: {password_env: A}", true},
	{"GATEWAY", "auth: {password_env: true}", false},
	{"GATEWAY", "auth: {password: abc}", false},
	{"GATEWAY", "password: abc", false},
	{"GATEWAY", "auth: abc", false},
	{"GATEWAY", `auth: {key_file: "-----BEGIN PRIVATE KEY-----"}`, false},
	{"GATEWAY", "os_version: 17.9", true},
	{"GATEWAY", `os_version: "17.9"`, true},
	{"GATEWAY", "os_version: V200R010C00", true},
	{"GATEWAY", "os_version: 20.4R3", true},
	{"GATEWAY", "os_version: garbage", false},
	{"GATEWAY", "os_version: true", false},
	{"GATEWAY", "os_version:", false},
	{"GATEWAY", "os_version: a b 1", false},
	{"GATEWAY", "port: 22", true},
	{"GATEWAY", `port: "22"`, false},
	{"GATEWAY", "port: 0", false},
	{"GATEWAY", "port:", false},
	{"GATEWAY", "known_hosts: a", true},
	{"GATEWAY", "known_hosts: ''", false},
	{"GATEWAY", "known_hosts: 5", false},
	{"GATEWAY", "platform: 5", false},
	{"GATEWAY", "if_index: {ec1: 5}", true},
	{"GATEWAY", `if_index: {ec1: "5"}`, false},
	{"GATEWAY", "if_index: {ec1: }", false},
	{"GATEWAY", "management: {prefixes: [203.0.113.0/33]}", false},
	{"GATEWAY", "management:", false},
	{"GATEWAY", "flow_source: {address: 10.0.0.1}", true},
	{"TOP", "circuits: []", false},
}

// edited reads a text as an editor's language server does.
func edited(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// judged returns what the decoder and the schema say of a text.
func (f schemaFile) judged(t *testing.T, s *jsonschema.Schema, text string) (decoder, schema bool) {
	t.Helper()
	var list diag.List
	f.decode([]byte(text), &list)
	return !list.HasErrors(), s.Validate(edited(t, text)) == nil
}

func TestSchemaAndDecoderJudgeValuesAlike(t *testing.T) {
	for _, c := range []struct {
		f     schemaFile
		right string
		all   []agreement
	}{{scenarioSchema, right, scenarioAgreements}, {inventorySchema, rightInventory, inventoryAgreements}} {
		s := c.f.compile(t)
		if d, e := c.f.judged(t, s, at(c.right, "TOP", "")); !d || !e {
			t.Fatalf("%s: the file without a change is refused (decoder %v, schema %v)", c.f.name, !d, !e)
		}
		for _, a := range c.all {
			text := at(c.right, a.place, a.text)
			if d, e := c.f.judged(t, s, text); d != a.ok || e != a.ok {
				t.Errorf("%s, %s: the decoder says %v, the schema %v, want %v", c.f.name, a.text, d, e, a.ok)
			}
		}
	}
}

// TestWhatOnlyTheTextShows are the differences that the schemas' $comment names:
// an editor sees the value and not how it is written.
func TestWhatOnlyTheTextShows(t *testing.T) {
	s := scenarioSchema.compile(t)
	for _, text := range []string{
		at(right, "TRACKING", "failures: 3.0"), at(right, "TRACKING", "failures: 0x3"), at(right, "TRACKING", "failures: 003"),
		strings.Replace(at(right, "TOP", ""), "version: 1\n", "version: 1.0\n", 1),
	} {
		if d, e := scenarioSchema.judged(t, s, text); d || !e {
			t.Errorf("the decoder says %v, the schema %v, want false and true\n%s", d, e, text)
		}
	}
	for _, f := range []schemaFile{scenarioSchema, inventorySchema} {
		if c, _ := f.tree(t)["$comment"].(string); !strings.Contains(c, "refuses 3.0") {
			t.Errorf("%s.json does not say that numbers are written in digits", f.name)
		}
	}
}

// TestSchemaNamesTheSystems holds the ids of the inventory's schema against the
// folders of the profiles.
func TestSchemaNamesTheSystems(t *testing.T) {
	var systems, platforms []string
	for _, file := range glob(t, "../../vendors/*/profile.yaml") {
		systems = append(systems, filepath.Base(filepath.Dir(file)))
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var profile struct {
			Platforms struct {
				List map[string]any `yaml:"list"`
			} `yaml:"platforms"`
		}
		if err := yaml.Unmarshal(data, &profile); err != nil {
			t.Fatal(err)
		}
		platforms = append(platforms, slices.Sorted(maps.Keys(profile.Platforms.List))...)
	}
	node := inventorySchema.tree(t)
	for _, step := range []string{"properties", "gateways", "items", "properties"} {
		node, _ = node[step].(map[string]any)
	}
	for key, want := range map[string][]string{"os/enum": systems, "platform/examples": platforms} {
		name, list, _ := strings.Cut(key, "/")
		child, _ := node[name].(map[string]any)
		ids, _ := child[list].([]any)
		var got []string
		for _, id := range ids {
			if s, ok := id.(string); ok {
				got = append(got, s)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s of the schema is %v, below vendors/ are %v", key, got, want)
		}
	}
}
