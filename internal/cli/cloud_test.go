package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const modelCase = "inventory/shanghai/scenario.yaml"

// written returns the names below a folder, sorted.
func written(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCloudWritesOneScenarioIntoTheFolderItself(t *testing.T) {
	repoRoot(t)
	dir := t.TempDir()
	code, stdout, stderr := run("cloud", modelCase, "-o", dir)
	if code != exitOK || stdout != "" {
		t.Fatalf("exit code %d, %q, %s", code, stdout, stderr)
	}
	if got := strings.Join(written(t, dir), " "); got != "main.tf outputs.tf variables.tf versions.tf" {
		t.Errorf("files: %s", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "mine.tf"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, stdout, _ := run("cloud", modelCase, "-o", dir, "--check"); code != exitOK {
		t.Errorf("what was just written differs: exit code %d, %s", code, stdout)
	}
	_, all, _ := run("cloud", modelCase)
	for _, name := range written(t, dir) {
		if text := read(t, filepath.Join(dir, name)); !strings.Contains(all, text) {
			t.Errorf("standard output does not hold %s", name)
		}
	}
}

func TestCloudWritesSeveralLikeGolden(t *testing.T) {
	repoRoot(t)
	dir := t.TempDir()
	code, _, stderr := run("cloud", modelCase, "inventory/dual-stack-bfd/scenario.yaml", "-o", dir)
	if code != exitOK {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	want := "dual-stack-bfd/cloud-alibaba/refused.txt shanghai/cloud-alibaba/main.tf shanghai/cloud-alibaba/outputs.tf " +
		"shanghai/cloud-alibaba/variables.tf shanghai/cloud-alibaba/versions.tf"
	if got := strings.Join(written(t, dir), " "); got != want {
		t.Errorf("files: %s", got)
	}
	main := filepath.Join(dir, "shanghai/cloud-alibaba/main.tf")
	if err := os.WriteFile(main, []byte(strings.Replace(read(t, main), `"10.0.0.1"`, `"10.0.0.9"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(main), "old.tf"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, _ := run("cloud", modelCase, "--check", "-o", dir)
	if code != 4 || !strings.Contains(stdout, "main.tf:") || !strings.Contains(stdout, "old.tf: is no longer rendered") {
		t.Errorf("exit code %d, %s", code, stdout)
	}
}

func TestCloudRefusesWithTheManualStep(t *testing.T) {
	repoRoot(t)
	dir := t.TempDir()
	code, stdout, stderr := run("cloud", "inventory/dual-stack-bfd/scenario.yaml", "-o", dir)
	if code != exitInvalid || stdout != "" || !strings.Contains(stderr, "help: make the IPv6 routes elsewhere") {
		t.Errorf("exit code %d, %q, %s", code, stdout, stderr)
	}
	if files := written(t, dir); files != nil {
		t.Errorf("written in spite of the refusal: %v", files)
	}
	code, _, stderr = run("cloud", errDir+"/health-change-route.yaml")
	if code != exitInvalid || !strings.Contains(stderr, "Cloud Enterprise Network > Health Check") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// TestCloudRefusesWhatAnotherCloudCannot: each key and timer that the second
// cloud has no use for is an error with help, never dropped.
func TestCloudRefusesWhatAnotherCloudCannot(t *testing.T) {
	repoRoot(t)
	plain := read(t, "inventory/second-cloud/scenario.yaml")
	bfd := read(t, "inventory/second-cloud-bfd/scenario.yaml")
	for name, c := range map[string]struct{ text, old, new, want string }{
		"hub network": {plain, "hub: {router: create}", "hub: {network: create, router: create}", `no use for the key "hub.network"`},
		"subnets":     {plain, "hub: {router: create}", "network: {subnets: [{zone: a1}, {zone: b1}]}", `no use for the key "subnets"`},
		"account":     {plain, "hub: {router: create}", `account: "12"`, `no use for the key "account"`},
		"ipv6":        {plain, "    vlan: 0\n", "    ipv6: {cloud_address: \"2001:db8::1/64\", gateway_address: \"2001:db8::2/64\"}\n", `no use for the key "ipv6"`},
		"redundant":   {plain, "cloud: {bandwidth: 1000}", "cloud: {bandwidth: 1000, redundant_to: ec2}", `no use for the key "redundant_to"`},
		"interval":    {bfd, "interval: 300ms", "interval: 100ms", "a BFD interval of 100ms is not possible"},
		"multiplier":  {bfd, "multiplier: 3", "multiplier: 2", "a BFD multiplier of 2 is not possible"},
		"both checks": {bfd, "    cloud: {bandwidth", "    health_check: {source: auto}\n    cloud: {bandwidth", "either by BFD or by its own probe"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(c.text, c.old) {
				t.Fatalf("the scenario does not hold %q", c.old)
			}
			file := filepath.Join(t.TempDir(), "scenario.yaml")
			if err := os.WriteFile(file, []byte(strings.Replace(c.text, c.old, c.new, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			code, stdout, stderr := run("cloud", file)
			if code != exitInvalid || stdout != "" || !strings.Contains(stderr, c.want) || !strings.Contains(stderr, "help: ") {
				t.Errorf("exit code %d, %q, %s", code, stdout, stderr)
			}
		})
	}
	text := strings.Replace(plain, "mode: active-active", "mode: active-standby", 1)
	text = strings.Replace(strings.Replace(text, "port: wan1", "port: wan1\n    preference: 1", 1), "port: wan2", "port: wan2\n    preference: 2", 1)
	file := filepath.Join(t.TempDir(), "scenario.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := run("cloud", file); code != exitInvalid || !strings.Contains(stderr, "cannot prefer one circuit") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

func TestCloudOutputsAreOfOneScenario(t *testing.T) {
	repoRoot(t)
	code, _, stderr := run("validate", modelCase, "inventory/auto/scenario.yaml", "--cloud-outputs", "inventory/auto/cloud-outputs.json")
	if code != 2 || !strings.Contains(stderr, "name one scenario, not 2") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	code, _, stderr = run("validate", "inventory/auto/scenario.yaml", "--cloud-outputs", "inventory/auto/cloud-outputs.json")
	if code != exitOK || strings.Contains(stderr, "health-source-auto") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

func TestCloudImportEndsByWhatTheFileIs(t *testing.T) {
	repoRoot(t)
	dir := t.TempDir()
	for name, c := range map[string]struct {
		text, want string
		args       []string
		code       int
	}{
		"no state":         {"{}", "is not what `terraform show -json` prints", nil, 1},
		"no router":        {`{"format_version": "1.0", "values": {"root_module": {}}}`, "holds no border router of alibaba or huaweicloud", nil, 1},
		"unknown provider": {"{}", `did you mean "alibaba"?`, []string{"--provider", "alibab"}, 2},
		"bad name":         {"{}", "is no name of a scenario", []string{"--name", "A b"}, 2},
		"a router": {
			`{"format_version": "1.0", "values": {"root_module": {"resources": [{"mode": "managed", "type": "huaweicloud_dc_virtual_interface", "name": "ec1",
			"values": {"id": "i1", "local_gateway_v4_ip": "10.0.0.1/30", "remote_gateway_v4_ip": "10.0.0.2/30", "vlan": 0}}]}}}`,
			"1 circuit drafted", nil, exitOK,
		},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(dir, "state.json")
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			code, stdout, stderr := run(append([]string{"cloud", "import", file}, c.args...)...)
			if code != c.code || !strings.Contains(stderr, c.want) || (stdout != "") != (c.code == exitOK) {
				t.Errorf("exit code %d, %q, %s", code, stdout, stderr)
			}
		})
	}
}

// TestBehaviourIsInTheJSON: scripts read who notices what.
func TestBehaviourIsInTheJSON(t *testing.T) {
	repoRoot(t)
	_, stdout, _ := run("validate", modelCase, "--format", "json")
	for _, want := range []string{`"behaviour": [`, `"failure": "circuit dead, ports stay up"`, `"noticed_by": "cloud"`, `"max_seconds": 16`, `"lost_until_then": true`} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the JSON does not hold %s", want)
		}
	}
}
