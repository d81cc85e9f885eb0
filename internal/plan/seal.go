package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/twinpath/twinpath/internal/vendor"
)

// Hash returns the hash of a text in hexadecimal.
func Hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// markLength is how much of a statement's hash is kept: enough to tell two
// apart. Whoever guesses a whole statement can test the guess, so a plan is as
// confidential as the configuration that it was made from.
const markLength = 8

// hashes returns the hash of a configuration and the marks of its statements.
// One that may hold a secret gets no mark, since a short secret could be found
// by trying; it counts for the hash of the whole.
func hashes(m *vendor.Manage, paths []string) (sum string, marks []string) {
	marks = []string{}
	for _, p := range marked(m, paths) {
		marks = append(marks, Hash([]byte(p))[:markLength])
	}
	return Hash([]byte(strings.Join(paths, "\n"))), marks
}

// marked returns the statements that get a mark.
func marked(m *vendor.Manage, paths []string) []string {
	var out []string
	for _, p := range paths {
		if !vendor.Matches(m.Secret, p) {
			out = append(out, p)
		}
	}
	return out
}

// canonical returns the plan's bytes without its seal.
func (p *Plan) canonical() ([]byte, error) {
	c := *p
	c.Seal = ""
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(&c); err != nil {
		return nil, fmt.Errorf("encode plan: %w", err)
	}
	return b.Bytes(), nil
}

// SealIt computes the seal and puts it into the plan.
func (p *Plan) SealIt() error {
	data, err := p.canonical()
	if err != nil {
		return err
	}
	p.Seal = Hash(data)
	return nil
}

// Intact reports whether the plan is what was sealed.
func (p *Plan) Intact() bool {
	data, err := p.canonical()
	return err == nil && p.Seal == Hash(data)
}

// Decode reads a plan as JSON. Keys that it does not know are refused: they
// would be carried out by a program that does not understand them.
func Decode(data []byte) (*Plan, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var p Plan
	if err := dec.Decode(&p); err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	if dec.More() {
		return nil, fmt.Errorf("read plan: something follows the plan")
	}
	return &p, nil
}

// Drift is the difference between the configuration a plan was made from and
// another one. It is empty when they are equal.
func (g *Gateway) Drift(m *vendor.Manage, paths []string) []string {
	sum, marks := hashes(m, paths)
	if sum == g.BaseSHA256 {
		return nil
	}
	paths = marked(m, paths)
	old := map[string]int{}
	for _, m := range g.BaseMarks {
		old[m]++
	}
	var out []string
	for i, m := range marks {
		if old[m] == 0 {
			out = append(out, "+ "+paths[i])
		} else {
			old[m]--
		}
	}
	now := map[string]string{}
	for i, m := range marks {
		now[m] = paths[i]
	}
	for i, m := range g.BaseMarks {
		if old[m] > 0 {
			old[m]--
			out = append(out, "- "+gone(g.BaseMarks, i, now))
		}
	}
	switch {
	case len(out) > 0:
	case slices.Equal(marks, g.BaseMarks):
		out = append(out, "only statements that may hold a secret; they are not shown")
	default:
		out = append(out, "the same statements in another order")
	}
	return out
}

// gone says where a statement stood that is no longer there; its text is not
// in the plan.
func gone(marks []string, i int, now map[string]string) string {
	for j := i - 1; j >= 0; j-- {
		if text, ok := now[marks[j]]; ok {
			return fmt.Sprintf("(a statement that stood below %q)", text)
		}
	}
	return "(a statement at the beginning)"
}

// Touches reports whether a statement, as Paths writes it, is one that the
// change adds, replaces or removes, or stands under one.
func (g *Gateway) Touches(statement string) bool {
	for _, st := range g.Steps {
		for _, c := range st.Changes {
			for _, path := range [][]string{c.Path, c.before()} {
				text := strings.Join(path, pathMark)
				if statement == text || strings.HasPrefix(statement, text+pathMark) {
					return true
				}
			}
		}
	}
	return false
}

// before returns the path of the statement that was there before.
func (c Change) before() []string {
	if c.Action != Replace {
		return c.Path
	}
	return append(slices.Clone(c.Path[:len(c.Path)-1]), c.Old)
}

// Target returns the statements after the change, given those before it: what
// the steps add and remove, and everything else as it was, each with how often
// it is there.
func (g *Gateway) Target(before []string) map[string]int {
	out := map[string]int{}
	for _, p := range before {
		out[p]++
	}
	for _, st := range g.Steps {
		for _, c := range st.Changes {
			path := strings.Join(c.Path, pathMark)
			if c.Action != Add {
				delete(out, strings.Join(c.before(), pathMark))
				if c.Action == Remove {
					for k := range out {
						if strings.HasPrefix(k, path+pathMark) {
							delete(out, k)
						}
					}
					continue
				}
			}
			// One that goes with something else and comes back is added without
			// having been removed.
			out[path] = max(out[path], 1)
		}
	}
	return out
}

// Stands reports whether a configuration already is what the change makes of
// it.
func (g *Gateway) Stands(statements []string) bool {
	now := map[string]int{}
	for _, s := range statements {
		now[s]++
	}
	return maps.Equal(now, g.Target(statements))
}
