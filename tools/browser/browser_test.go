// Package browser opens the report of a verification in a real browser, in
// light and dark, on a phone and on a desktop, and holds it to what a person
// needs: nothing is cut off, no label hides another, text can be read against
// what is behind it, and nothing is loaded. `make browser` runs it; it needs
// chromium and bin/twinpath, and leaves its pictures in bin/browser.
package browser

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// reports are the verifications that are looked at, by their capture.
var reports = []string{"v9", "v9-cut", "sflow", "failover"}

// inventory binds the model case to the captures.
const inventory = `version: 1
gateways:
  - name: gw1
    os: cisco-iosxe
    ports: {wan1: GigabitEthernet0/0/0, wan2: GigabitEthernet0/0/1}
    flow_source: {interface: Loopback0, address: 172.16.255.1}
    if_index: {ec1: 12, ec2: 13}
`

// screen is what somebody reads with.
type screen struct {
	name          string
	width, height int64
	density       float64
	phone         bool
}

var screens = []screen{
	{"phone", 360, 780, 2, true},
	{"desktop", 1280, 900, 1, false},
}

// findings are what the page tells of itself.
type findings struct {
	Background string   `json:"background"`
	Overflow   []string `json:"overflow"`
	Overlaps   []string `json:"overlaps"`
	Faint      []string `json:"faint"`
	Small      []string `json:"small"`
	Charts     int      `json:"charts"`
	Headline   string   `json:"headline"`
}

// look is run in the page by the browser's debugger; the page itself has no
// script. Contrast is WCAG 2.2's, 4.5 for text (1.4.3).
const look = `(() => {
  const out = {background: getComputedStyle(document.body).backgroundColor, overflow: [], overlaps: [], faint: [], small: [],
    charts: 0, headline: document.querySelector('.headline').textContent};
  const shown = e => e.getClientRects().length > 0;
  const name = e => e.tagName + ' ' + e.textContent.trim().slice(0, 40);
  const paint = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = color => { paint.clearRect(0, 0, 1, 1); paint.fillStyle = color; paint.fillRect(0, 0, 1, 1); return [...paint.getImageData(0, 0, 1, 1).data]; };
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; } return [255, 255, 255, 255]; };
  for (const e of document.querySelectorAll('body *')) {
    if (!shown(e)) continue;
    const box = e.getBoundingClientRect();
    if (box.right > innerWidth + 1 && !e.closest('.scroll')) out.overflow.push(name(e));
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const style = getComputedStyle(e), svg = e.tagName === 'text';
    const [a, b] = [light(rgb(svg ? style.fill : style.color)), light(behind(e))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) out.faint.push(name(e) + ' ' + ((a + .05) / (b + .05)).toFixed(2));
    const size = parseFloat(style.fontSize) * (svg ? box.height ? e.ownerSVGElement.getBoundingClientRect().width / e.ownerSVGElement.viewBox.baseVal.width : 1 : 1);
    if (size < 10.5) out.small.push(name(e) + ' ' + size.toFixed(1));
  }
  for (const svg of document.querySelectorAll('svg')) {
    if (!shown(svg)) continue;
    out.charts++;
    const frame = svg.getBoundingClientRect(), boxes = [...svg.querySelectorAll('text')].map(e => [e, e.getBoundingClientRect()]);
    boxes.forEach(([e, a], i) => {
      if (a.left < frame.left - 1 || a.right > frame.right + 1) out.overflow.push(name(e));
      for (const [f, b] of boxes.slice(i + 1)) if (a.left < b.right && b.left < a.right && a.top < b.bottom - 2 && b.top < a.bottom - 2) out.overlaps.push(name(e) + ' and ' + name(f));
    });
  }
  return out;
})()`

func TestReportInABrowser(t *testing.T) {
	chromium, err := find()
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	shots := filepath.Join(root, "bin", "browser")
	if err := os.MkdirAll(shots, 0o755); err != nil {
		t.Fatal(err)
	}
	// The sandbox of the browser needs rights that containers do not have; what
	// it opens is a file of ours.
	alloc, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.Flag("force-color-profile", "srgb"))...)
	defer cancel()
	browser, stop := chromedp.NewContext(alloc)
	defer stop()
	if err := chromedp.Do(browser); err != nil {
		t.Fatal(err)
	}
	for _, name := range reports {
		file := write(t, root, name)
		backgrounds := map[string]string{}
		for _, s := range screens {
			for _, scheme := range []string{"light", "dark"} {
				t.Run(strings.Join([]string{name, s.name, scheme}, "/"), func(t *testing.T) {
					ctx, end := context.WithTimeout(browser, 2*time.Minute)
					defer end()
					tab, closeTab := chromedp.NewContext(ctx)
					defer closeTab()
					got, picture, loads, err := visit(tab, file, s, scheme)
					if err != nil {
						t.Fatal(err)
					}
					save(t, filepath.Join(shots, fmt.Sprintf("%s-%s-%s.png", name, s.name, scheme)), picture)
					if got.Charts != 3 {
						t.Errorf("%d charts are shown, not 3", got.Charts)
					}
					for what, found := range map[string][]string{
						"reach out of the page": got.Overflow, "lie over each other": got.Overlaps, "cannot be read": got.Faint,
						"are too small": got.Small, "were loaded or said": loads,
					} {
						if len(found) > 0 {
							t.Errorf("%d elements %s: %s", len(found), what, strings.Join(found, "; "))
						}
					}
					backgrounds[scheme] = got.Background
				})
			}
		}
		if backgrounds["light"] == backgrounds["dark"] {
			t.Errorf("%s: light and dark have the same background %s", name, backgrounds["light"])
		}
	}
}

// visit opens a report and returns what it tells of itself, its picture, and
// what it loaded or complained of.
func visit(tab context.Context, file string, s screen, scheme string) (got findings, picture []byte, loads []string, err error) {
	var mu sync.Mutex
	said := func(what string) {
		mu.Lock()
		defer mu.Unlock()
		loads = append(loads, what)
	}
	err = errors.Join(
		chromedp.Do(tab),
		chromedp.Listen(tab, func(ev any) {
			switch ev := ev.(type) {
			case *network.EventRequestWillBeSent:
				if ev.Type != network.ResourceTypeDocument {
					said(ev.Request.URL)
				}
			case *runtime.EventConsoleAPICalled:
				said("console: " + string(ev.Type))
			case *runtime.EventExceptionThrown:
				said("exception: " + ev.ExceptionDetails.Text)
			}
		}),
		call(tab, network.Enable, network.EnableParams{}),
		call(tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: s.width, Height: s.height, DeviceScaleFactor: s.density, Mobile: s.phone,
		}),
		call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		}),
		chromedp.Do(tab, chromedp.Navigate((&url.URL{Scheme: "file", Path: file}).String())),
	)
	if err != nil {
		return got, nil, nil, err
	}
	if got, err = chromedp.Run(tab, chromedp.Evaluate[findings](look)); err != nil {
		return got, nil, nil, err
	}
	picture, err = chromedp.Run(tab, chromedp.FullScreenshot(100))
	mu.Lock()
	defer mu.Unlock()
	return got, picture, loads, err
}

func call[P, R any](ctx context.Context, c cdp.Command[P, R], params P) error {
	_, err := chromedp.Call(ctx, c, params)
	return err
}

// find returns the browser, whose name differs between systems.
func find() (string, error) {
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path, nil
		}
	}
	return "", errors.New("no chromium is installed: apt-get install chromium, or set CHROMIUM to its path")
}

// write verifies a capture with the built program and returns the report's path.
func write(t *testing.T, root, name string) string {
	t.Helper()
	dir := t.TempDir()
	inv := filepath.Join(dir, "inventory.yaml")
	save(t, inv, []byte(inventory))
	file := filepath.Join(dir, name+".html")
	cmd := exec.Command(filepath.Join(root, "bin", "twinpath"), "verify", "inventory/shanghai/scenario.yaml", "-i", inv,
		"--pcap", "internal/flowtest/testdata/"+name+".pcap", "--html", file)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.ExitCode() < 8) { // 8 and 9 are verdicts
		t.Fatalf("%v: %s", err, out)
	}
	return file
}

func save(t *testing.T, file string, b []byte) {
	t.Helper()
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
}
