// Command pair writes pairs of large configurations as files, as input of the
// benchmarks: DIR/before.cfg and DIR/after.cfg, or with more than one device
// DIR/1/before.cfg and so on.
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
		to := *dir
		if *devices > 1 {
			to = filepath.Join(to, strconv.Itoa(i+1))
		}
		if err := write(*system, pairtest.Options{Scale: *scale, Device: i + 1}, to); err != nil {
			fmt.Fprintf(os.Stderr, "pair: %v\n", err)
			os.Exit(1)
		}
	}
}

func write(system string, o pairtest.Options, dir string) error {
	before, after, err := pairtest.Pair(system, o)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "before.cfg"), []byte(before), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "after.cfg"), []byte(after), 0o644)
}
