// Command pair writes pairs of large configurations as files, as input of the
// benchmarks: DIR/before/1.cfg and DIR/after/1.cfg, and so on for each device.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/twinpath/twinpath/internal/pairtest"
)

func main() {
	system := flag.String("os", "", "system: "+strings.Join(pairtest.Systems(), ", "))
	scale := flag.Int("scale", 1, "size: 1 is about 5,000 lines")
	devices := flag.Int("devices", 1, "how many pairs")
	dir := flag.String("dir", ".", "folder to write into")
	flag.Parse()
	for i := range *devices {
		if err := write(*system, pairtest.Options{Scale: *scale, Device: i + 1}, *dir); err != nil {
			fmt.Fprintf(os.Stderr, "pair: %v\n", err)
			os.Exit(1) //nolint:forbidigo // a program of its own, which only the benchmarks run
		}
	}
}

func write(system string, o pairtest.Options, dir string) error {
	before, after, err := pairtest.Pair(system, o)
	if err != nil {
		return err
	}
	for side, text := range map[string]string{"before": before, "after": after} {
		to := filepath.Join(dir, side)
		if err := os.MkdirAll(to, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, strconv.Itoa(o.Device)+".cfg"), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
