package intent_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/intent"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/vendors"
)

// problems builds the example device of a scenario text on a system.
func problems(t *testing.T, yaml, system string) *diag.List {
	t.Helper()
	reg, err := vendor.NewRegistry(vendors.FS)
	if err != nil {
		t.Fatal(err)
	}
	p, err := reg.Profile(system)
	if err != nil {
		t.Fatal(err)
	}
	list := &diag.List{}
	s := scenario.Decode("scenario.yaml", []byte(yaml), &diag.List{})
	intent.Build(s, intent.Example(s, "gw1", p), p, list)
	return list
}

// shipped returns a shipped scenario with pairs of old and new text replaced.
func shipped(t *testing.T, name string, oldnew ...string) string {
	t.Helper()
	data, err := os.ReadFile("../../inventory/" + name + "/scenario.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(string(data), oldnew[i]) {
			t.Fatalf("scenario %s has no %q", name, oldnew[i])
		}
	}
	return strings.NewReplacer(oldnew...).Replace(string(data))
}

func TestExampleInventoryIsNotBlamedOnTheFile(t *testing.T) {
	for _, system := range []string{"cisco-iosxe", "huawei-vrp8", "huawei-vrp5", "juniper-junos", "juniper-srx"} {
		for _, d := range problems(t, shipped(t, "shanghai"), system).Sorted() {
			if d.Severity != diag.Error && d.Pos.Line == 0 {
				t.Errorf("%s: nobody wrote this: %s [%s]", system, d.Text, d.Code)
			}
		}
	}
}

func TestNamesThatDifferInCaseAreReportedOnce(t *testing.T) {
	taken := func(name string) int {
		n := 0
		for _, d := range problems(t, shipped(t, "shanghai", "name: ec1", "name: ec-1", "name: ec2", "name: "+name), "huawei-vrp8").Sorted() {
			if d.Code == diag.CodeOSNameTaken {
				n++
			}
		}
		return n
	}
	if n := taken("EC-1"); n != 0 {
		t.Errorf("duplicate-name says it, os-name-taken follows %d times", n)
	}
	if n := taken("ec_1"); n != 1 {
		t.Errorf("names that become the same are reported %d times", n)
	}
}

func TestDurationsReadAsTheyAreWritten(t *testing.T) {
	yaml := shipped(t, "shanghai", "active_timeout: 60s", "active_timeout: 90s", "timeout: 1s", "timeout: 300ms", "recovery: 10s", "recovery: 2m")
	text := ""
	for _, d := range problems(t, yaml, "huawei-vrp5").Sorted() {
		text += d.Text + "\n" + d.Help + "\n"
	}
	for _, want := range []string{
		"the active timeout of 90s becomes 2m, it is set in steps of 1m",
		"the timeout of 300ms becomes 1s",
		"a recovery of 2m cannot be held",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no message says %q:\n%s", want, text)
		}
	}
	if m := regexp.MustCompile(`\d+[hm]0[ms]|1m30s`).FindString(text); m != "" {
		t.Errorf("a message shows %s:\n%s", m, text)
	}
}
