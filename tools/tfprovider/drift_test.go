package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// declared is a package with one resource and one data source, in the form
// that the generator of such packages gives them.
var declared = map[string]string{
	"netWork/borderRouter.d.ts": `export interface BorderRouterState {
    /** When. */
    createTime?: pulumi.Input<string | undefined>;
}
export interface BorderRouterArgs {
    vlanId: pulumi.Input<number>;
    enableIpv6?: pulumi.Input<boolean | undefined>;
    tags?: pulumi.Input<{
        [key: string]: pulumi.Input<string>;
    } | undefined>;
    prependAsPaths?: pulumi.Input<pulumi.Input<string>[] | undefined>;
    zoneMappings: pulumi.Input<pulumi.Input<inputs.x.Zone>[]>;
    options?: pulumi.Input<inputs.x.Options | undefined>;
}
`,
	"elsewhere/getNetworks.d.ts": `export interface GetNetworksArgs {
    ids?: string[];
    nameRegex?: string;
}
export interface GetNetworksResult {
    readonly ids: string[];
    readonly vpcs: outputs.x.Vpc[];
}
`,
}

const agreed = `version: 1
provider: {name: toy}
resources:
  toy_net_work_border_router:
    required: {vlan_id: number}
    optional: {enable_ipv6: bool, tags: map(string), prepend_as_path: set(string)}
    computed: {create_time: string}
    blocks:
      zone_mappings: {nesting: set, min: 1}
      options: {nesting: list, max: 1}
data_sources:
  toy_vpcs:
    optional: {name_regex: string}
    unset: {ids: list(string)}
    objects: {vpcs: {id: string}}
`

func TestDriftIsFound(t *testing.T) {
	root := t.TempDir()
	for name, text := range declared {
		name = filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	}
	for name, c := range map[string]struct{ old, with, want string }{
		"none":              {"", "", ""},
		"unknown argument":  {"enable_ipv6: bool", "enable_ipv7: bool", "toy_net_work_border_router: the package has no argument enable_ipv7"},
		"type":              {"vlan_id: number", "vlan_id: string", "vlan_id is string, the package says number"},
		"type of a map":     {"tags: map(string)", "tags: string", "tags is string, the package says map"},
		"required":          {"optional: {enable_ipv6: bool,", "optional: {vlan_id: number, enable_ipv6: bool,", "vlan_id is required: false, the package says true"},
		"block":             {"options: {", "option: {", "the package has no argument option"},
		"block is required": {"max: 1", "min: 1", "options is required: true, the package says false"},
		"computed":          {"create_time: string", "created: string", "the package has no attribute created"},
		"computed type":     {"create_time: string", "create_time: number", "create_time is number, the package says string"},
		"objects":           {"objects: {vpcs", "objects: {networks", "the package has no list networks"},
		"resource":          {"toy_net_work_border_router", "toy_net_work_border", "toy_net_work_border: the package does not have it"},
		"argument left out": {"tags: map(string), ", "", "note: toy_net_work_border_router also takes tags"},
	} {
		t.Run(name, func(t *testing.T) {
			tables := t.TempDir()
			text := agreed
			if name == "required" {
				text = strings.Replace(text, "required: {vlan_id: number}", "required: {}", 1)
			}
			text = strings.Replace(text, c.old, c.with, 1)
			require.NoError(t, os.Mkdir(filepath.Join(tables, "toy"), 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(tables, "toy", "schema.yaml"), []byte(text), 0o600))
			var out strings.Builder
			err := drift(&out, tables, []string{"toy", root, "toy_vpcs=elsewhere/getNetworks"})
			if c.want == "" || strings.HasPrefix(c.want, "note: ") {
				require.NoError(t, err, out.String())
			} else {
				require.ErrorContains(t, err, "the table of toy and the package differ")
			}
			assert.Contains(t, out.String(), c.want)
		})
	}
}

func TestDriftSaysWhatItNeeds(t *testing.T) {
	require.ErrorContains(t, drift(nil, "../../vendors", nil), "usage: tfprovider drift PROVIDER PACKAGE")
	require.ErrorContains(t, drift(nil, "../../vendors", []string{"nosuch", "x"}), "no table")
	require.Error(t, drift(nil, "../../vendors", []string{"alicloud", "/nonexistent"}))
}
