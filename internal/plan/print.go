package plan

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/twinpath/twinpath/internal/diag"
)

// PrintJSON writes the plan as the one object that push reads.
func PrintJSON(w io.Writer, p *Plan) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(p)
}

// PrintCommands writes the lines to type, in order, and nothing else.
func PrintCommands(w io.Writer, p *Plan) error {
	for _, g := range p.Gateways {
		for _, c := range g.Commands {
			if _, err := fmt.Fprintln(w, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// Causes says, by circuit, where the scenario speaks of it.
type Causes map[string]string

func (st Step) title(where Causes) string {
	if st.Circuit == "" {
		return "what the circuits share"
	}
	if at := where[st.Circuit]; at != "" {
		return fmt.Sprintf("circuit %s (%s)", st.Circuit, at)
	}
	return "circuit " + st.Circuit
}

// count returns a number with its noun, such as "1 step" or "2 steps".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// PrintText writes the plan for a person at a terminal.
func PrintText(w io.Writer, p *Plan, where Causes) error {
	var b strings.Builder
	for _, g := range p.Gateways {
		fmt.Fprintf(&b, "gateway %s (%s): ", g.Gateway, g.OS)
		if g.Empty() {
			b.WriteString("nothing to change\n")
		} else {
			fmt.Fprintf(&b, "%s, %s\n", count(len(g.Steps), "step"), count(len(g.Commands), "command"))
			fmt.Fprintf(&b, "  hitless: %t: %s\n", g.Hitless, g.HitlessReason)
		}
		for i, st := range g.Steps {
			fmt.Fprintf(&b, "\n  step %d: %s\n", i+1, st.title(where))
			for _, c := range st.Changes {
				fmt.Fprintf(&b, "    %s %s%s\n", c.Action, strings.Join(c.Path, pathMark), c.mark())
				if c.Old != "" {
					fmt.Fprintf(&b, "      was: %s\n", c.Old)
				}
			}
			b.WriteString(unconfirmed("    ", st.Changes))
			block(&b, "commands", st.Commands)
			block(&b, "rollback", st.Rollback)
			for _, c := range st.conditions() {
				fmt.Fprintf(&b, "    %s\n", c)
			}
		}
		for _, r := range g.Remarks {
			fmt.Fprintf(&b, "\n  look at line %d, %q: %s\n", r.Line, r.Text, r.Why)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "seal: %s\n", p.Seal)
	_, err := io.WriteString(w, Safe(b.String()))
	return err
}

// Safe replaces what a terminal would act on: some of the text comes from a
// gateway.
func Safe(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || diag.Printable(r) {
			return r
		}
		return '\ufffd'
	}, text)
}

func block(b *strings.Builder, title string, lines []string) {
	fmt.Fprintf(b, "    %s:\n", title)
	for _, l := range lines {
		fmt.Fprintf(b, "      %s\n", l)
	}
}

// PrintMarkdown writes the plan for a pull request.
func PrintMarkdown(w io.Writer, p *Plan, where Causes) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## Plan for %s\n\n| gateway | OS | steps | commands | hitless |\n|---|---|---|---|---|\n", p.Scenario)
	for _, g := range p.Gateways {
		word := "**no**"
		if g.Hitless {
			word = "yes"
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %s |\n", g.Gateway, g.OS, len(g.Steps), len(g.Commands), word)
	}
	for _, g := range p.Gateways {
		if g.Empty() {
			fmt.Fprintf(&b, "\n### %s\n\nNothing to change.\n", g.Gateway)
		} else {
			fmt.Fprintf(&b, "\n### %s\n\nHitless: %t. %s.\n", g.Gateway, g.Hitless, upperFirst(g.HitlessReason))
		}
		for i, st := range g.Steps {
			fmt.Fprintf(&b, "\n%d. %s: %d statements change.", i+1, upperFirst(st.title(where)), len(st.Changes))
			for _, c := range st.conditions() {
				fmt.Fprintf(&b, " %s.", upperFirst(c))
			}
			b.WriteString("\n")
			b.WriteString(unconfirmed("   **Unconfirmed**: ", st.Changes))
		}
		for _, r := range g.Remarks {
			fmt.Fprintf(&b, "\n> Line %d, `%s`: %s.\n", r.Line, r.Text, r.Why)
		}
		folded(&b, "commands", g.Commands)
		folded(&b, "rollback", g.Rollback)
	}
	fmt.Fprintf(&b, "\nSeal: `%s`\n", p.Seal)
	_, err := io.WriteString(w, Safe(b.String()))
	return err
}

func folded(b *strings.Builder, title string, lines []string) {
	if len(lines) > 0 {
		fmt.Fprintf(b, "\n<details><summary>%s (%d)</summary>\n\n```\n%s\n```\n</details>\n", title, len(lines), strings.Join(lines, "\n"))
	}
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// conditions says what a step may take away, what must hold meanwhile and what
// to wait for after it: as push will look at it, or in words where it is not
// known how.
func (st Step) conditions() []string {
	var out []string
	add := func(begin, text string, checks []Check) {
		for _, c := range checks {
			out = append(out, begin+c.Title)
		}
		if len(checks) == 0 && text != "" {
			out = append(out, begin+text)
		}
	}
	add("effect: ", st.Effect, nil)
	add("only while ", st.While, st.Needs)
	add("then wait until ", st.Wait, st.Checks)
	return out
}
