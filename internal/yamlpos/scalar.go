package yamlpos

import (
	"errors"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/twinpath/twinpath/internal/diag"
)

// Of is a decoded value with its place. Set is false when the file does not
// have it; Val is then the default.
type Of[T any] struct {
	Val T
	Pos diag.Position
	Set bool
}

// Bad reports whether the file has the value but it was refused. What was
// reported once is not judged again by other rules.
func (o Of[T]) Bad() bool { return !o.Set && !o.Pos.IsZero() }

// Take sets o to a value that was read. A refused one leaves the default and
// keeps only the place.
func (o *Of[T]) Take(got Of[T]) {
	if got.Set {
		*o = got
		return
	}
	o.Pos = got.Pos
}

// Default returns an unset value.
func Default[T any](v T) Of[T] { return Of[T]{Val: v} }

func of[T any](v Value, val T) Of[T] { return Of[T]{Val: val, Pos: v.Pos(), Set: true} }

// Bounds of text values, in bytes.
const (
	maxString     = 255
	maxLongString = 2000
)

// Text returns a scalar as text, whatever YAML takes it for. ok is false, and
// the problem reported, when it is no scalar or holds characters that must not
// reach a device.
func (v Value) Text(what string) (Of[string], bool) { return v.text(what, maxString) }

// LongText is Text for sentences, of up to 2,000 characters.
func (v Value) LongText(what string) (Of[string], bool) { return v.text(what, maxLongString) }

func (v Value) text(what string, limit int) (Of[string], bool) {
	if v.node.Kind != yaml.ScalarNode || v.isNull() {
		v.Add(diag.CodeType, "%s is text, found %s", what, v.kindWord())
		return Of[string]{Pos: v.Pos()}, false
	}
	s := v.node.Value
	for _, r := range s {
		if !diag.Printable(r) {
			v.Add(diag.CodeControl, "%s holds the character U+%04X, which must not reach a device", what, r).
				WithHelp("write it on one line without control characters")
			return Of[string]{Pos: v.Pos()}, false
		}
	}
	if len(s) > limit {
		v.Add(diag.CodeValue, "%s is longer than %d characters", what, limit)
		return Of[string]{Pos: v.Pos()}, false
	}
	return of(v, s), true
}

// Match returns text that matches a pattern in full; rule says the pattern in
// words.
func (v Value) Match(what string, pattern *regexp.Regexp, rule string) Of[string] {
	s, ok := v.Text(what)
	switch {
	case ok && !pattern.MatchString(s.Val):
		v.Add(diag.CodeName, "%s %s is not allowed: %s", what, diag.Quote(s.Val), rule)
	case ok:
		v.needQuotes(what)
	}
	return s
}

// Path returns the name of a file.
func (v Value) Path(what string) Of[string] {
	s, ok := v.Text(what)
	switch {
	case ok && s.Val == "":
		v.Add(diag.CodeValue, "%s is empty, it is the path of a file", what)
	case ok:
		v.needQuotes(what)
	}
	return s
}

// needQuotes reports text that YAML takes for a number or a truth value, since
// other readers of the file, such as an editor, would see no text.
func (v Value) needQuotes(what string) {
	switch v.node.ShortTag() {
	case "!!int", "!!float":
		v.Add(diag.CodeType, "%s is text, found the number %s", what, v.node.Value).
			WithHelp("put it in quotes: \"%s\"", v.node.Value)
	case "!!bool":
		v.Add(diag.CodeType, "%s is text, found the truth value %s", what, v.node.Value).
			WithHelp("put it in quotes: \"%s\"", v.node.Value)
	}
}

// inQuotes reports a number or a truth value that is written as text.
func (v Value) inQuotes(what, kind string) {
	v.Add(diag.CodeType, "%s is %s, found the text %s", what, kind, diag.Quote(v.node.Value)).
		WithHelp("remove the quotes: %s", v.node.Value)
}

// isText reports whether YAML takes a scalar for text: for quotes, or for what
// looks like nothing else.
func (v Value) isText() bool { return v.node.ShortTag() == "!!str" }

// OneOf returns one of the words; another word is reported with a suggestion.
func (v Value) OneOf(what string, words ...string) Of[string] {
	s, ok := v.Text(what)
	if ok && !slices.Contains(words, s.Val) {
		v.Add(diag.CodeWord, "%s cannot be %s", what, diag.Quote(s.Val)).
			WithHelp("%s", diag.DidYouMean(s.Val, words))
		s.Set = false
	}
	return s
}

// Int returns a decimal integer within lo..hi. code is reported when it is out
// of range.
func (v Value) Int(what string, lo, hi int, code diag.Code) Of[int] {
	s, ok := v.Text(what)
	if !ok {
		return Of[int]{Pos: v.Pos()}
	}
	n, err := strconv.Atoi(s.Val)
	if errors.Is(err, strconv.ErrRange) {
		v.Add(code, "%s is %s, allowed is %d to %d", what, s.Val, lo, hi)
		return Of[int]{Pos: v.Pos()}
	}
	if err != nil || len(s.Val) > 1 && strings.HasPrefix(s.Val, "0") || strings.HasPrefix(s.Val, "+") {
		v.Add(diag.CodeType, "%s is a whole number in decimal digits, found %s", what, diag.Quote(s.Val))
		return Of[int]{Pos: v.Pos()}
	}
	if v.isText() {
		v.inQuotes(what, "a whole number")
		return Of[int]{Pos: v.Pos()}
	}
	if n < lo || n > hi {
		v.Add(code, "%s is %d, allowed is %d to %d", what, n, lo, hi)
		return Of[int]{Pos: v.Pos()}
	}
	return of(v, n)
}

// Fraction returns a number above 0 and below 1.
func (v Value) Fraction(what string) Of[float64] {
	s, ok := v.Text(what)
	if !ok {
		return Of[float64]{Pos: v.Pos()}
	}
	f, err := strconv.ParseFloat(s.Val, 64)
	if err != nil || math.IsNaN(f) {
		v.Add(diag.CodeType, "%s is a number such as 0.2, found %s", what, diag.Quote(s.Val))
		return Of[float64]{Pos: v.Pos()}
	}
	if v.isText() {
		v.inQuotes(what, "a number such as 0.2")
		return Of[float64]{Pos: v.Pos()}
	}
	if f <= 0 || f >= 1 {
		v.Add(diag.CodeValue, "%s is %s, it must lie between 0 and 1", what, s.Val)
		return Of[float64]{Pos: v.Pos()}
	}
	return of(v, f)
}

// Bool returns true or false.
func (v Value) Bool(what string) Of[bool] {
	s, ok := v.Text(what)
	if !ok {
		return Of[bool]{Pos: v.Pos()}
	}
	word := strings.ToLower(s.Val)
	switch {
	case v.node.ShortTag() == "!!bool": // true, True, TRUE and the same of false
		return of(v, word == "true")
	case word == "true" || word == "false":
		v.inQuotes(what, "true or false")
	default:
		v.Add(diag.CodeType, "%s is true or false, found %s", what, diag.Quote(s.Val))
	}
	return Of[bool]{Pos: v.Pos()}
}

var (
	// timeSpan is the form of a time span; the JSON Schemas hold the same one.
	timeSpan    = regexp.MustCompile(`^([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$`)
	plainNumber = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)
)

// Duration returns a time span such as 300ms, 2s or 1m, from lo to hi.
func (v Value) Duration(what string, lo, hi time.Duration, code diag.Code) Of[time.Duration] {
	s, ok := v.Text(what)
	if !ok {
		return Of[time.Duration]{Pos: v.Pos()}
	}
	if !timeSpan.MatchString(s.Val) {
		dg := v.Add(diag.CodeType, "%s is a time span with its unit, found %s", what, diag.Quote(s.Val))
		if _, err := strconv.ParseFloat(s.Val, 64); err == nil && plainNumber.MatchString(s.Val) {
			dg.WithHelp("write %ss for seconds or %sms for milliseconds", s.Val, s.Val)
		} else {
			dg.WithHelp("write it as 300ms, 2s or 1m")
		}
		return Of[time.Duration]{Pos: v.Pos()}
	}
	d, err := time.ParseDuration(s.Val)
	if err != nil { // its form is right: it is beyond what can be counted
		v.Add(code, "%s is %s, allowed is %s to %s", what, s.Val, diag.Duration(lo), diag.Duration(hi))
		return Of[time.Duration]{Pos: v.Pos()}
	}
	if d < lo || d > hi {
		v.Add(code, "%s is %s, allowed is %s to %s", what, diag.Duration(d), diag.Duration(lo), diag.Duration(hi))
		return Of[time.Duration]{Pos: v.Pos()}
	}
	return of(v, d)
}
