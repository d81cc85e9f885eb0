package cloud_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/twinpath/twinpath/internal/cloud"
	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/vendors"
)

// FuzzOutputs: no outputs make the program end, and a scenario that they leave
// without errors has no automatic source any more.
func FuzzOutputs(f *testing.F) {
	text, err := os.ReadFile("../../inventory/auto/scenario.yaml")
	if err != nil {
		f.Fatal(err)
	}
	seed, err := os.ReadFile("../../inventory/auto/cloud-outputs.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(`{"scenario": {"value": null}, "circuits": {"value": []}, "probe_sources": {"value": {"ec1": 3}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var list diag.List
		o := cloud.DecodeOutputs("outputs.json", data, &list)
		if o == nil || list.HasErrors() {
			return
		}
		s := scenario.DecodeWith("scenario.yaml", text, o.Resolve, &list)
		if list.HasErrors() {
			return
		}
		for _, c := range s.Circuits {
			if c.V4.Health.Auto {
				t.Errorf("the source of %s is still not known", c.Name.Val)
			}
		}
	})
}

// FuzzImport: whatever a state holds, the draft is text without control
// characters, and a scenario or a list of problems.
func FuzzImport(f *testing.F) {
	seed, err := json.Marshal(map[string]any{"format_version": "1.0", "values": map[string]any{"root_module": map[string]any{"resources": []any{
		map[string]any{"mode": "managed", "type": "alicloud_express_connect_virtual_border_router", "name": "ec1", "values": map[string]any{
			"id": "vbr-1", "local_gateway_ip": "10.0.0.1", "peer_gateway_ip": "10.0.0.2", "peering_subnet_mask": "255.255.255.252", "vlan_id": 0,
		}},
	}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	m, err := cloud.LoadMapping(vendors.FS, "alibaba")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		st, err := cloud.DecodeState(data)
		if err != nil {
			return
		}
		d, err := cloud.Import(st, m, "alibaba")
		if err != nil {
			return
		}
		text := d.Text("imported")
		for _, r := range text {
			if r < ' ' && r != '\n' {
				t.Fatalf("a control character reached the draft: %q", text)
			}
		}
		var list diag.List
		scenario.Decode("draft.yaml", []byte(text), &list)
		for _, x := range list.Sorted() {
			if x.Code == diag.CodeSyntax || x.Code == diag.CodeUnknownKey || x.Code == diag.CodeDuplicateKey {
				t.Fatalf("%s: %s\n%s", x.Pos, x.Text, text)
			}
		}
	})
}
