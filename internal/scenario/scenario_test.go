package scenario_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/scenario"
)

// decode reads a text and fails on errors.
func decode(t *testing.T, text string) *scenario.Scenario {
	t.Helper()
	var list diag.List
	s := scenario.Decode("test.yaml", []byte(text), &list)
	for _, d := range list.Sorted() {
		if d.Severity == diag.Error {
			t.Fatalf("%s: %s [%s]", d.Pos, d.Text, d.Code)
		}
	}
	return s
}

// circuits returns a scenario with circuits of these names on one gateway.
func circuits(names ...string) string {
	var b strings.Builder
	b.WriteString("version: 1\nname: t\nmode: active-active\n" +
		"cloud: {provider: alibaba, region: r, prefixes: [192.168.0.0/16]}\nsite: {prefixes: [172.16.0.0/12]}\n" +
		"tracking: {method: icmp}\ncircuits:\n")
	for _, name := range names {
		// The link depends on the name, so that it stays with its circuit.
		n := 0
		for _, c := range name {
			n = (n*31 + int(c)) % 16000
		}
		fmt.Fprintf(&b, "  - {name: %s, gateway: gw1, port: p-%s, cloud_address: 10.0.%d.%d/30, gateway_address: 10.0.%d.%d/30}\n",
			name, name, n*4/256, n*4%256+1, n*4/256, n*4%256+2)
	}
	return b.String()
}

// numbers returns the number of each circuit.
func numbers(s *scenario.Scenario) map[string]int {
	out := map[string]int{}
	for _, c := range s.Circuits {
		out[c.Name.Val] = c.ID.Val
	}
	return out
}

func TestNumbersComeFromTheName(t *testing.T) {
	for name, want := range map[string]int{"ec1": 1, "ec2": 2, "ec12": 12, "ec007": 7, "wan-99": 99} {
		if got := numbers(decode(t, circuits(name, "other")))[name]; got != want {
			t.Errorf("%s gets number %d, want %d", name, got, want)
		}
	}
	for _, name := range []string{"north", "ec0", "ec100", "ec99999999999999999999"} {
		if got := numbers(decode(t, circuits(name, "ec1")))[name]; got < 100 || got > scenario.MaxID {
			t.Errorf("%s gets number %d, want one from 100 to %d", name, got, scenario.MaxID)
		}
	}
}

func TestNumbersStayWhenOthersComeAndGo(t *testing.T) {
	names := []string{"ec1", "ec2", "ec10", "north", "south", "telecom-a"}
	all := numbers(decode(t, circuits(names...)))
	for i := range names {
		for j := range names {
			if i == j {
				continue
			}
			rest := numbers(decode(t, circuits(slices.Delete(slices.Clone(names), i, i+1)...)))
			for name, n := range rest {
				if all[name] != n {
					t.Errorf("without %s, %s gets %d instead of %d", names[i], name, n, all[name])
				}
			}
			swapped := slices.Clone(names)
			swapped[i], swapped[j] = swapped[j], swapped[i]
			for name, n := range numbers(decode(t, circuits(swapped...))) {
				if all[name] != n {
					t.Errorf("with %s and %s exchanged, %s gets %d instead of %d", names[i], names[j], name, n, all[name])
				}
			}
		}
	}
	added := numbers(decode(t, circuits(append([]string{"new7"}, names...)...)))
	for name, n := range all {
		if added[name] != n {
			t.Errorf("with another circuit, %s gets %d instead of %d", name, added[name], n)
		}
	}
}

func TestIPv6NumbersStayApart(t *testing.T) {
	if scenario.MaxID+scenario.IPv6Offset >= 500 || scenario.IPv6Offset <= scenario.MaxID {
		t.Errorf("numbers up to %d, IPv6 from %d: they meet, or leave the range of the smallest system", scenario.MaxID, scenario.IPv6Offset)
	}
}

// shipped returns the shipped scenarios.
func shipped(tb testing.TB) map[string][]byte {
	tb.Helper()
	files, err := filepath.Glob("../../inventory/*/scenario.yaml")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no shipped scenario: %v", err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			tb.Fatal(err)
		}
		out[f] = data
	}
	return out
}

// TestHalfAFileIsNoReasonToPanic leaves out every line, and every run of lines
// to the end, of every shipped scenario.
func TestHalfAFileIsNoReasonToPanic(t *testing.T) {
	for name, data := range shipped(t) {
		lines := strings.SplitAfter(string(data), "\n")
		for i := range lines {
			without := strings.Join(slices.Delete(slices.Clone(lines), i, i+1), "")
			for _, text := range []string{without, strings.Join(lines[:i], "")} {
				var list diag.List
				scenario.Decode(name, []byte(text), &list)
				for _, d := range list.Sorted() {
					if d.Pos.File == "" || d.Severity == diag.Error && d.Pos.Line == 0 && d.Code != diag.CodeEmpty {
						t.Errorf("%s without line %d: no place: %s [%s]", name, i+1, d.Text, d.Code)
					}
				}
			}
		}
	}
}

// TestNothingIsSaidTwice: a scenario of many circuits with one mistake in a
// common value is told once.
func TestNothingIsSaidTwice(t *testing.T) {
	var names []string
	for i := range 60 {
		names = append(names, fmt.Sprintf("ec%d", i+1))
	}
	text := strings.NewReplacer("172.16.0.0/12", "10.0.0.0/8").Replace(circuits(names...))
	var list diag.List
	scenario.Decode("test.yaml", []byte(text), &list)
	count := map[diag.Code]int{}
	for _, d := range list.Sorted() {
		count[d.Code]++
	}
	for code, n := range count {
		if n > 1 {
			t.Errorf("%s is said %d times", code, n)
		}
	}
	if count[diag.CodeLinkOverlap] != 1 {
		t.Errorf("the overlap is not reported: %v", count)
	}
}

// TestCloudsAreRead: the data of every cloud is whole, and each source that a
// limit names is defined.
func TestCloudsAreRead(t *testing.T) {
	if err := scenario.LoadProviders(); err != nil {
		t.Fatal(err)
	}
	if len(scenario.Providers()) < 2 {
		t.Errorf("clouds: %v", scenario.Providers())
	}
	for name, text := range map[string]string{
		"unknown key":       "version: 1\nid: x\ntitle: X\nsources: {}\nspeed: 3\n",
		"undefined source":  "version: 1\nid: x\ntitle: X\nsources: {}\nstatic_bfd: {value: true, source: [none]}\n",
		"missing statement": "version: 1\nid: x\ntitle: X\nsources: {}\n",
	} {
		var list diag.List
		if scenario.DecodeProvider("provider.yaml", []byte(text), &list); !list.HasErrors() {
			t.Errorf("%s: nothing is reported", name)
		}
	}
}
