package vendor

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/twinpath/twinpath/internal/diag"
)

// Manage says how the system's running configuration is read, compared and
// changed. A system without it can be rendered but not planned for.
type Manage struct {
	// Noise are lines of the printed configuration that say nothing about it;
	// Leave are lines that only close a section. Both match a whole line
	// without its indentation.
	Noise, Leave []*regexp.Regexp
	// Verbatim matches the first line of a text whose lines are no statements
	// (a banner); its one group is the mark that ends the text. Nil where the
	// system prints none.
	Verbatim *regexp.Regexp
	// Owned matches the names that the templates give; a statement that
	// carries one was made by twinpath.
	Owned *regexp.Regexp
	// Secret matches statements that may hold a secret; they are never shown.
	Secret []*regexp.Regexp
	// AdditionsOnly is the reason why nothing that is there may be changed or
	// removed yet; empty where it may.
	AdditionsOnly string
	// Candidate is true where lines take effect together, with a commit.
	Candidate bool
	// Negate is the word that takes a line back where its kind does not say how,
	// LeaveLine is typed to leave a section of no known kind.
	Negate, LeaveLine string
	// Normal rewrites a line into the form in which the system prints it.
	Normal []Rewrite
	// Grammar is of the family of braces: how its lines fall into words.
	Grammar Grammar
	Kinds   []*Kind
	// Checks are how to see that statements do what they are for.
	Checks []Check
	// Defeats are statements of somebody else that make what is rendered
	// worthless; the plan reports them.
	Defeats []Defeat
	// Failures are the ways to fail a circuit on purpose.
	Failures []Failure
	// Tests are what the gateway itself can send.
	Tests []Test
	// Session is nil where nothing is known of pushing to the system.
	Session *SessionRules
	Sources []string
}

// Defeat is a statement that makes what is rendered worthless, for the reason
// Why, unless it carries a name of the templates. With, if set, is the
// beginning of a line that must be there too. The groups of Line are filled
// into both.
type Defeat struct {
	Line      *regexp.Regexp
	With, Why string
	Sources   []string
}

// Rewrite gives a line another form: that of Form, with the groups of Line
// filled in. A group named mask is turned from a length into a dotted mask.
type Rewrite struct {
	Line *regexp.Regexp
	Form string
	// Contains is a part that every such line has; it spares the others the
	// pattern.
	Contains string
}

// Grammar says how lines of the family of braces fall into words.
type Grammar struct {
	// Arguments is how many words after a keyword belong to it. A delete may end
	// behind them.
	Arguments map[string]int
	// Single are keywords with one value: setting it replaces it.
	Single map[string]bool
	// Attributes are keywords whose line holds attributes, which are statements
	// of their own: how many words each has after its name.
	Attributes map[string]map[string]int
	// Shared match paths under which others put statements beside the
	// scenario's: a plan never deletes one, though nothing be left in it, since
	// that would take along what somebody adds meanwhile. Empty, they say
	// nothing.
	Shared []*regexp.Regexp
	// Ordered match paths in which the order of the statements counts.
	Ordered []*regexp.Regexp
}

// Kind is one form of statement that can be compared and changed.
type Kind struct {
	Pos diag.Position
	ID  string
	// In are the kinds of section it stands in; empty for the top.
	In []string
	// Top is true when it stands at the top, be In set or not.
	Top bool
	// Line matches the statement. Its named groups are the values that the
	// other keys speak of. The planner knows some: circuit and probe (the
	// number of a circuit or of its probe), interface, hop and prefix.
	Line *regexp.Regexp
	// Key are the groups that, with the section, tell two statements of the
	// kind apart. None: there is one in each section.
	Key []string
	// Leave is typed to leave the section that the statement opens; empty when
	// it opens none. Enter lines are typed when the section is made.
	Leave string
	Enter []string
	// Keep marks a section that is never removed, Fixed one that cannot be
	// edited once it is there.
	Keep, Fixed bool
	// Removable matches those of a kept kind that can be removed all the same.
	Removable *regexp.Regexp
	// Anywhere is true when it stands in any section, known or not, and at the
	// top: "in: ['*']".
	Anywhere bool
	// Held is true when the system refuses to remove it while something refers
	// to it.
	Held bool
	// Rebuild marks a statement whose change needs its section made again.
	Rebuild bool
	// Running marks a statement that runs its section: while it is there,
	// nothing else in the section can be changed, nor the section removed. It is
	// taken away first and comes back last.
	Running bool
	// Opaque is why what stands in the section cannot be compared; a change of it
	// is refused.
	Opaque string
	// Again marks a statement that is typed again, last, after any change in its
	// section.
	Again bool
	// With are kinds whose removal takes the statements of this kind that refer
	// to the removed one along.
	With []string
	// Wipes are kinds of the same section that any change of this one deletes.
	Wipes []string
	// Conflict are groups that no two statements of the kind can have in common:
	// the old one goes before the new one comes.
	Conflict []string
	// Replaces matches the old statements of the same key that typing the new
	// one replaces in place; nil when none is, and a change is refused.
	Replaces *regexp.Regexp
	// Remove is the line that removes the statement, with {line} and {group}
	// filled in; empty when its removal is not known and refused.
	Remove string
	// Refers are the kinds that it refers to: all their key groups are groups
	// of this kind too, with the same values.
	Refers []string
	// Own are the groups that may carry a name of the templates. Exclusive
	// says that all in a section of such a name is the templates'.
	Own       []string
	Exclusive bool
	// Unwanted marks a statement that defeats a section which is rendered; it
	// is removed there.
	Unwanted bool
	// Harmless marks a statement whose change does not disturb what refers to
	// its section.
	Harmless bool
	// List is nil for a kind whose line is no list of numbers.
	List *NumberList
	// Listed names a kind of list at the top: while it holds the number that is
	// this section's key, the section exists without being printed, and
	// removing it would take the number away too. Only what stands in it goes.
	Listed string
	// Route marks a static route: groups prefix, mask (if the system writes
	// one), hop, interface, and tracking, which is empty for an untracked one.
	Route bool
	// Foreign marks a form that is only looked at, never changed.
	Foreign bool
	Sources []string
	// Taken are the kinds, this one among them, whose object of the same key the
	// scenario may not take over when it is somebody else's. Other marks a kind
	// of which every object is.
	Taken []string
	Other bool
	// Unconfirmed is true when every source of the kind is: how it is keyed,
	// replaced and removed is then only believed, and the plan says so.
	Unconfirmed bool
}

// NumberList says how a list of numbers, such as the VLANs of a trunk, is
// changed number by number: what carries traffic before and after is not
// touched. Several lines of the kind in one section are one list.
type NumberList struct {
	// Group is the group of the kind's line that holds the list, Range what
	// stands between the ends of a range, Join between two numbers.
	Group, Range, Join string
	// Form is the line of a whole list, Add adds numbers to one that is there,
	// Remove takes them away; {list} stands for the numbers, last. Most is how
	// many ranges a line may have, 0 for any number.
	Form, Add, Remove string
	Most              int
}

// Parse returns the numbers of a list, sorted; ok is false where the text is
// none, such as "all".
func (l *NumberList) Parse(text string) (numbers []int, ok bool) {
	text = strings.ReplaceAll(text, l.Range, "-")
	var has [maxNumber + 1]bool // A hostile text names each number many times.
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ' ' || r == ',' }) {
		low, high, two := strings.Cut(part, "-")
		if !two {
			high = low
		}
		a, errA := strconv.Atoi(low)
		b, errB := strconv.Atoi(high)
		if errA != nil || errB != nil || a < 0 || b > maxNumber {
			return nil, false
		}
		for n := a; n <= b; n++ {
			has[n] = true
		}
	}
	for n, there := range has {
		if there {
			numbers = append(numbers, n)
		}
	}
	return numbers, len(numbers) > 0
}

// maxNumber bounds the numbers of a list, and with them the time that a
// hostile range takes: no VLAN has a higher one.
const maxNumber = 4095

// Lines writes numbers into a form, on as many lines as they need.
func (l *NumberList) Lines(form string, numbers []int) []string {
	var ranges []string
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		text := strconv.Itoa(numbers[i])
		if j > i {
			text += l.Range + strconv.Itoa(numbers[j])
		}
		ranges = append(ranges, text)
		i = j + 1
	}
	most := l.Most
	if most == 0 {
		most = max(len(ranges), 1)
	}
	var out []string
	for part := range slices.Chunk(ranges, most) {
		out = append(out, strings.Replace(form, "{list}", strings.Join(part, l.Join), 1))
	}
	return out
}

// Dialogue returns the platform definition of a system's command line, nil for
// a system without one.
func (r *Registry) Dialogue(id string) ([]byte, error) {
	data, err := fs.ReadFile(r.fsys, id+"/platform.yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read platform definition: %w", err)
	}
	return data, nil
}

// Shows returns the data of a system's show parsers by their names, none for a
// system without them.
func (r *Registry) Shows(id string) (map[string][]byte, error) {
	files, err := fs.Glob(r.fsys, id+"/show/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list show data: %w", err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		data, err := fs.ReadFile(r.fsys, f)
		if err != nil {
			return nil, fmt.Errorf("read show data: %w", err)
		}
		out[strings.TrimSuffix(path.Base(f), ".yaml")] = data
	}
	return out, nil
}

// Kind returns the kind of an id, or nil.
func (m *Manage) Kind(id string) *Kind {
	for _, k := range m.Kinds {
		if k.ID == id {
			return k
		}
	}
	return nil
}

// Groups returns the values of a statement's groups, false when the line is not
// of the kind.
func (k *Kind) Groups(line string) (Groups, bool) {
	m := k.Line.FindStringSubmatch(line)
	if m == nil {
		return Groups{}, false
	}
	return Groups{k.Line.SubexpNames(), m}, true
}

// Groups are the values of a statement's named groups. A large configuration
// has thousands, of a few values each: a map for each takes a third of the time
// of reading it.
type Groups struct{ names, values []string }

// Get returns the value of a group, "" when there is none.
func (g Groups) Get(name string) string {
	for i, n := range g.names {
		if n == name && name != "" {
			return g.values[i]
		}
	}
	return ""
}

// All yields the groups that have a value, with their names.
func (g Groups) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for i, n := range g.names {
			if n != "" && g.values[i] != "" && !yield(n, g.values[i]) {
				return
			}
		}
	}
}

// Fill puts values into a form with {group} parts.
func Fill(form string, values map[string]string) string {
	var b strings.Builder
	for {
		text, rest, found := strings.Cut(form, "{")
		b.WriteString(text)
		if !found {
			return b.String()
		}
		name, behind, closed := strings.Cut(rest, "}")
		if v, known := values[name]; closed && known {
			b.WriteString(v)
			form = behind
		} else {
			b.WriteByte('{')
			form = rest
		}
	}
}

// Matches reports whether one of the patterns matches.
func Matches(patterns []*regexp.Regexp, line string) bool {
	return slices.ContainsFunc(patterns, func(re *regexp.Regexp) bool { return re.MatchString(line) })
}

// Mask returns a line that may be shown: one that may hold a secret loses all
// but its first word.
func (m *Manage) Mask(line string) string {
	if !Matches(m.Secret, line) {
		return line
	}
	word, _, _ := strings.Cut(line, " ")
	return word + " (hidden, it may hold a secret)"
}
