package yamlpos

import (
	"math"
	"net/netip"
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
	if ok && !pattern.MatchString(s.Val) {
		v.Add(diag.CodeName, "%s %s is not allowed: %s", what, diag.Quote(s.Val), rule)
	}
	return s
}

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
	if err != nil || len(s.Val) > 1 && strings.HasPrefix(s.Val, "0") || strings.HasPrefix(s.Val, "+") {
		v.Add(diag.CodeType, "%s is a whole number in decimal digits, found %s", what, diag.Quote(s.Val))
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
	switch s.Val {
	case "true":
		return of(v, true)
	case "false":
		return of(v, false)
	}
	v.Add(diag.CodeType, "%s is true or false, found %s", what, diag.Quote(s.Val))
	return Of[bool]{Pos: v.Pos()}
}

// Duration returns a time span such as 300ms, 2s or 1m, from lo to hi.
func (v Value) Duration(what string, lo, hi time.Duration, code diag.Code) Of[time.Duration] {
	s, ok := v.Text(what)
	if !ok {
		return Of[time.Duration]{Pos: v.Pos()}
	}
	d, err := time.ParseDuration(s.Val)
	if err != nil {
		dg := v.Add(diag.CodeType, "%s is a time span with its unit, found %s", what, diag.Quote(s.Val))
		if _, numErr := strconv.ParseFloat(s.Val, 64); numErr == nil {
			dg.WithHelp("write %ss for seconds or %sms for milliseconds", s.Val, s.Val)
		} else {
			dg.WithHelp("write it as 300ms, 2s or 1m")
		}
		return Of[time.Duration]{Pos: v.Pos()}
	}
	if d < lo || d > hi {
		v.Add(code, "%s is %s, allowed is %s to %s", what, Span(d), Span(lo), Span(hi))
		return Of[time.Duration]{Pos: v.Pos()}
	}
	return of(v, d)
}

// Span prints a time span as a person writes it: 5m, not 5m0s.
func Span(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// Addr returns an IP address without a length.
func (v Value) Addr(what string) Of[netip.Addr] {
	s, ok := v.Text(what)
	if !ok {
		return Of[netip.Addr]{Pos: v.Pos()}
	}
	a, err := netip.ParseAddr(s.Val)
	if err != nil {
		d := v.Add(diag.CodeAddress, "%s is an IP address, found %s", what, diag.Quote(s.Val))
		if p, perr := netip.ParsePrefix(s.Val); perr == nil {
			d.WithHelp("leave the length away: %s", p.Addr())
		}
		return Of[netip.Addr]{Pos: v.Pos()}
	}
	bad := oddAddr(a)
	if bad == "" {
		bad = notUnicast(a)
	}
	if bad != "" {
		v.Add(diag.CodeAddress, "%s %s is %s", what, a, bad)
		return Of[netip.Addr]{Pos: v.Pos()}
	}
	return of(v, a)
}

// oddAddr says why an address can be no end of a circuit, no collector and no
// member of a prefix, or "".
func oddAddr(a netip.Addr) string {
	switch {
	case a.Zone() != "":
		return "written with a zone, which no device configuration carries"
	case a.Is4In6():
		return "an IPv4 address written as IPv6; write " + a.Unmap().String()
	}
	return ""
}

// notUnicast says why an address is that of no single host, or "".
func notUnicast(a netip.Addr) string {
	switch {
	case a.IsUnspecified():
		return "the unspecified address, which no host has"
	case a.IsMulticast():
		return "a multicast address, which no single host has"
	case a.IsLoopback():
		return "a loopback address, which never leaves the device"
	case a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "the broadcast address, which no host has"
	}
	return ""
}

// AddrPort returns an address and a UDP port (172.16.255.10:2055).
func (v Value) AddrPort(what string) Of[netip.AddrPort] {
	s, ok := v.Text(what)
	if !ok {
		return Of[netip.AddrPort]{Pos: v.Pos()}
	}
	ap, err := netip.ParseAddrPort(s.Val)
	if err != nil || ap.Port() == 0 || oddAddr(ap.Addr()) != "" {
		d := v.Add(diag.CodeAddress, "%s is an address and a port such as 172.16.255.10:2055, found %s", what, diag.Quote(s.Val))
		if a, aerr := netip.ParseAddr(s.Val); aerr == nil {
			d.WithHelp("add the port: %s", netip.AddrPortFrom(a, 2055))
		}
		return Of[netip.AddrPort]{Pos: v.Pos()}
	}
	if bad := notUnicast(ap.Addr()); bad != "" {
		v.Add(diag.CodeAddress, "%s %s is %s", what, ap.Addr(), bad)
		return Of[netip.AddrPort]{Pos: v.Pos()}
	}
	return of(v, ap)
}

// Interface returns an address with its length (10.0.0.2/30), host bits kept.
func (v Value) Interface(what string) Of[netip.Prefix] {
	return v.prefix(what, "an address with its length such as 10.0.0.2/30", "add the length of the link's subnet")
}

// prefix parses an address with a length; kind and hint word the problem.
func (v Value) prefix(what, kind, hint string) Of[netip.Prefix] {
	s, ok := v.Text(what)
	if !ok {
		return Of[netip.Prefix]{Pos: v.Pos()}
	}
	p, err := netip.ParsePrefix(s.Val)
	if err != nil {
		d := v.Add(diag.CodeAddress, "%s is %s, found %s", what, kind, diag.Quote(s.Val))
		if _, aerr := netip.ParseAddr(s.Val); aerr == nil {
			d.WithHelp("%s", hint)
		}
		return Of[netip.Prefix]{Pos: v.Pos()}
	}
	if bad := oddAddr(p.Addr()); bad != "" {
		v.Add(diag.CodeAddress, "%s %s is %s", what, p, bad)
		return Of[netip.Prefix]{Pos: v.Pos()}
	}
	return of(v, p)
}

// Prefix returns a prefix without host bits.
func (v Value) Prefix(what string) Of[netip.Prefix] {
	p := v.prefix(what, "a prefix such as 192.168.0.0/16", "add the length, as in 192.168.0.0/16")
	if p.Set && p.Val != p.Val.Masked() {
		v.Add(diag.CodeHostBits, "%s %s has bits set behind its length", what, p.Val).
			WithHelp("write %s", p.Val.Masked())
		p.Val = p.Val.Masked()
	}
	return p
}
