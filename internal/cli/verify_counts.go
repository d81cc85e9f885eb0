package cli

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/twinpath/twinpath/internal/split"
	"github.com/twinpath/twinpath/internal/vendor"
)

// countsVersion is raised when older files can no longer be read.
const countsVersion = 1

// countsFile is what one verification counted, for others to be merged with.
type countsFile struct {
	Version  int
	Twinpath string
	// ID tells one run from another, so that none is counted twice.
	ID       string
	Scenario string
	// Source says what was read, Group the consumer group that shared it.
	Source, Group string
	From, Until   time.Time
	Evidence      split.Evidence
	Counts        split.Counts
}

// writeCounts writes what was counted, whole or not at all.
func (v *verification) writeCounts(name, source, group string) error {
	counts, err := v.counted.Counts()
	if err != nil {
		return err
	}
	f := countsFile{
		Version: countsVersion, Twinpath: version, ID: rand.Text(), Scenario: v.scenario.Name.Val, Source: source, Group: group,
		From: v.evidence.Stats.First, Until: v.evidence.Stats.Last, Evidence: v.evidence, Counts: counts,
	}
	b, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("write counts: %w", err)
	}
	tmp := name + ".part"
	if err := os.WriteFile(tmp, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("write counts: %w", err)
	}
	if err := os.Rename(tmp, name); err != nil {
		return fmt.Errorf("write counts: %w", err)
	}
	v.say("the counts are in %s; merge them with --merge %s", name, name)
	return nil
}

// merge makes one result of the counts of several verifications.
func (v *verification) merge(names []string) (*split.Result, error) {
	var files []countsFile
	for _, name := range names {
		f, err := readCounts(name)
		if err == nil {
			err = v.fits(files, &f)
		}
		if err != nil {
			return nil, &exitError{code: exitInvalid, err: fmt.Errorf("merge %s: %w", name, err)}
		}
		t, err := v.m.Restore(&f.Counts)
		if err != nil {
			return nil, &exitError{code: exitInvalid, err: fmt.Errorf("merge %s: %w", name, err)}
		}
		v.tallies = append(v.tallies, split.Share(t))
		files = append(files, f)
	}
	return v.result(together(files)), nil
}

func readCounts(name string) (countsFile, error) {
	var f countsFile
	b, err := os.ReadFile(name)
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return f, fmt.Errorf("it is no file of --counts: %w", err)
	}
	if f.Version != countsVersion {
		return f, fmt.Errorf("its version is %d and this twinpath reads %d; count and merge with the same version", f.Version, countsVersion)
	}
	return f, nil
}

// fits holds a file against those before it: the same packets must not be
// counted twice, and the sums must be of about the same time.
func (v *verification) fits(before []countsFile, f *countsFile) error {
	for i := range before {
		o := &before[i]
		switch {
		case o.ID == f.ID:
			return errors.New("these counts are merged already")
		case (f.Group == "" || f.Group != o.Group || f.Source != o.Source) && sharedExporter(o, f) != "":
			return fmt.Errorf("exporter %s was counted by both %q and %q, and they are no members of one consumer group: its packets would count twice; let each gateway be counted by one of them",
				sharedExporter(o, f), o.Source, f.Source)
		}
		if len(o.Evidence.Stats.Exporters) == 0 || len(f.Evidence.Stats.Exporters) == 0 {
			continue
		}
		common := earlier(o.Until, f.Until).Sub(later(o.From, f.From))
		if longest := max(o.Until.Sub(o.From), f.Until.Sub(f.From)); common < longest/2 {
			return fmt.Errorf("it was counted from %s to %s, the one before from %s to %s: shares of different times say nothing together",
				clock(f.From), clock(f.Until), clock(o.From), clock(o.Until))
		}
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func clock(t time.Time) string { return t.Format("15:04:05") }

// sharedExporter returns an exporter that both have heard.
func sharedExporter(a, b *countsFile) string {
	for i := range a.Evidence.Stats.Exporters {
		for j := range b.Evidence.Stats.Exporters {
			if x := a.Evidence.Stats.Exporters[i].Exporter; x == b.Evidence.Stats.Exporters[j].Exporter {
				return x.String()
			}
		}
	}
	return ""
}

// together is the evidence of all: what one of them lacked is lacking.
func together(files []countsFile) split.Evidence {
	ev := files[0].Evidence
	for _, f := range files[1:] {
		e := f.Evidence
		ev.Stats.Merge(&e.Stats)
		ev.Window = max(ev.Window, e.Window)
		ev.Ended = ev.Ended || e.Ended
		ev.File = ev.File && e.File
		ev.Watching = ev.Watching || e.Watching
		if !e.Until.IsZero() {
			ev.From, ev.Until = earlier(ev.From, e.From), later(ev.Until, e.Until)
		}
		for g, traps := range ev.Avoided {
			ev.Avoided[g] = slices.DeleteFunc(slices.Clone(traps), func(t vendor.TrapKind) bool { return !slices.Contains(e.Avoided[g], t) })
		}
	}
	return ev
}
