// Command run measures a command as a whole process, several times: wall time,
// processor time and peak memory. It prints one row and, with -out, appends the
// figures as tab-separated values for other programs.
package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// sample is one run of the command.
type sample struct {
	wall, cpu time.Duration
	// memory is the peak resident size in bytes.
	memory int64
}

func main() {
	name := flag.String("name", "", "name of the row")
	runs := flag.Int("runs", 5, "how often the command runs")
	fresh := flag.String("fresh", "", "folder for the output: {} in the command becomes FRESH/1, FRESH/2 and so on")
	out := flag.String("out", "", "file to append name, best, median, cpu (seconds) and memory (MB) to")
	flag.Parse()
	if err := run(*name, *runs, *fresh, *out, flag.Args()); err != nil {
		fmt.Fprintf(os.Stderr, "run: %s: %v\n", *name, err)
		os.Exit(1)
	}
}

func run(name string, runs int, fresh, out string, args []string) error {
	if len(args) == 0 || runs < 1 {
		return errors.New("a command is needed and -runs is 1 or more")
	}
	samples := make([]sample, 0, runs)
	for i := range runs {
		s, err := measure(expand(args, fresh, i+1))
		if err != nil {
			return err
		}
		samples = append(samples, s)
	}
	slices.SortFunc(samples, func(a, b sample) int { return cmp.Compare(a.wall, b.wall) })
	median := samples[len(samples)/2]
	best, peak := samples[0], int64(0)
	for _, s := range samples {
		peak = max(peak, s.memory)
	}
	const mb = 1 << 20
	fmt.Printf("%-44s %8.3f s %8.3f s %8.3f s %7d MB\n",
		name, best.wall.Seconds(), median.wall.Seconds(), median.cpu.Seconds(), peak/mb)
	if out == "" {
		return nil
	}
	f, err := os.OpenFile(out, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s\t%.4f\t%.4f\t%.4f\t%d\n",
		name, best.wall.Seconds(), median.wall.Seconds(), median.cpu.Seconds(), peak/mb)
	return errors.Join(err, f.Close())
}

// expand puts the output folder of one run in place of {}. It is a new one each
// time, never one that was emptied: ext4 steps around inodes that were freed in
// the last seconds, which makes the same writes several times slower.
func expand(args []string, fresh string, i int) []string {
	if fresh == "" {
		return args
	}
	out := make([]string, len(args))
	for j, a := range args {
		out[j] = strings.ReplaceAll(a, "{}", filepath.Join(fresh, strconv.Itoa(i)))
	}
	return out
}

// measure runs the command once. Its result goes nowhere; what it says on
// standard error is shown only if it fails.
func measure(args []string) (sample, error) {
	var said bytes.Buffer
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = io.Discard, &said
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if err != nil {
		return sample{}, fmt.Errorf("%w\n%s", err, tail(said.Bytes()))
	}
	ps := cmd.ProcessState
	usage, ok := ps.SysUsage().(*syscall.Rusage)
	if !ok {
		return sample{}, errors.New("this system does not report the memory of a process")
	}
	memory := usage.Maxrss
	if runtime.GOOS != "darwin" {
		memory *= 1024 // getrusage(2): kilobytes, on macOS bytes.
	}
	return sample{wall: wall, cpu: ps.UserTime() + ps.SystemTime(), memory: memory}, nil
}

// tail returns the last part of a long text.
func tail(text []byte) []byte {
	const most = 600
	return text[max(0, len(text)-most):]
}
