package yamlpos

import (
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/twinpath/twinpath/internal/diag"
)

// Value is one value of a document together with its place. The zero Value
// stands for "absent".
type Value struct {
	doc   *document
	node  *yaml.Node
	at    *yaml.Node // where it is written: the alias, if it came through one
	depth int
}

func (d *document) value(n *yaml.Node) Value {
	return d.child(n, 0)
}

// child wraps a node one level below depth and follows an alias.
func (d *document) child(n *yaml.Node, depth int) Value {
	v := Value{doc: d, node: n, at: n, depth: depth}
	if n.Kind == yaml.AliasNode {
		v.node = n.Alias
	}
	return v
}

// aliasesFit reports whether the aliases below n stand for no more values than
// the budget of the document; the first that does not is reported. An alias
// that contains itself never fits.
func (d *document) aliasesFit(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode {
		d.aliasNodes += countNodes(n.Alias, maxAliasNodes)
		if d.aliasNodes >= maxAliasNodes {
			d.list.Add(diag.CodeAlias, Value{doc: d, node: n, at: n}.Pos(), "aliases stand for more than %d values", maxAliasNodes).
				WithHelp("write the values out")
			return false
		}
		return true
	}
	for _, c := range n.Content {
		if !d.aliasesFit(c) {
			return false
		}
	}
	return true
}

// countNodes counts the nodes below n, at most limit, following aliases.
func countNodes(n *yaml.Node, limit int) int {
	if n == nil || limit <= 0 {
		return 0
	}
	count := 1
	if n.Kind == yaml.AliasNode {
		return count + countNodes(n.Alias, limit-1)
	}
	for _, c := range n.Content {
		if count > limit {
			break
		}
		count += countNodes(c, limit-count)
	}
	return count
}

// Present reports whether the value was written at all.
func (v Value) Present() bool { return v.node != nil }

// Pos returns the place of the value.
func (v Value) Pos() diag.Position {
	if v.node == nil {
		return diag.Position{}
	}
	p := diag.Position{File: v.doc.file, Line: v.at.Line, Column: v.at.Column, Width: 1}
	if v.at.Kind == yaml.ScalarNode && v.at.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		p.Width = max(utf8.RuneCountInString(v.at.Value), 1)
		if v.at.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
			p.Width += 2
		}
	}
	return p
}

// List returns the list that problems of this document go to.
func (v Value) List() *diag.List { return v.doc.list }

// Add reports a problem at this value.
func (v Value) Add(code diag.Code, format string, args ...any) *diag.Diagnostic {
	return v.doc.list.Add(code, v.Pos(), format, args...)
}

func (v Value) isNull() bool {
	return v.node.Kind == yaml.ScalarNode && v.node.Tag == "!!null"
}

func (v Value) kindWord() string {
	switch v.node.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		if v.isNull() {
			return "nothing"
		}
		return diag.Quote(v.node.Value)
	}
	return "something else"
}

// IsMap reports whether the value is a mapping.
func (v Value) IsMap() bool { return v.node != nil && v.node.Kind == yaml.MappingNode }

// IsSeq reports whether the value is a list.
func (v Value) IsSeq() bool { return v.node != nil && v.node.Kind == yaml.SequenceNode }

// KeyPos returns the place of a key of a mapping, or false without it.
func (v Value) KeyPos(name string) (diag.Position, bool) {
	for i := 0; v.IsMap() && i+1 < len(v.node.Content); i += 2 {
		if v.node.Content[i].Value == name {
			return v.doc.child(v.node.Content[i], v.depth+1).Pos(), true
		}
	}
	return diag.Position{}, false
}

// HasSecretKey reports whether a mapping has a key whose name says that its
// value is a secret.
func (v Value) HasSecretKey() bool {
	for i := 0; v.IsMap() && i+1 < len(v.node.Content); i += 2 {
		if diag.LooksSecret(v.node.Content[i].Value) {
			return true
		}
	}
	return false
}

// Key describes one key that a mapping may hold.
type Key struct {
	Name     string
	Required bool
	// Decode receives the value. It is not called for an absent value, nor for
	// a null one, which is an error.
	Decode func(Value)
}

// Required is a key that a mapping must have.
func Required(name string, decode func(Value)) Key {
	return Key{Name: name, Required: true, Decode: decode}
}

// Optional is a key that a mapping may lack.
func Optional(name string, decode func(Value)) Key {
	return Key{Name: name, Decode: decode}
}

// Map decodes a mapping: each known key by its Decode; unknown, repeated and
// missing keys are reported. what names the mapping in messages.
func (v Value) Map(what string, keys ...Key) {
	if v.node.Kind != yaml.MappingNode {
		v.Add(diag.CodeType, "%s is a mapping (key: value), found %s", what, v.kindWord())
		return
	}
	if v.tooDeep() {
		return
	}
	seen := make(map[string]Value, len(v.node.Content)/2)
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		k := v.doc.child(v.node.Content[i], v.depth+1)
		val := v.doc.child(v.node.Content[i+1], v.depth+1)
		v.entry(what, keys, seen, k, val)
	}
	for _, k := range keys {
		if _, ok := seen[k.Name]; k.Required && !ok {
			v.Add(diag.CodeMissing, "%s lacks the key %s", what, diag.Quote(k.Name))
		}
	}
}

const duplicateHelp = `remove one; if a new entry of a list begins here, its "- " is missing`

// entry decodes one key of a mapping.
func (v Value) entry(what string, keys []Key, seen map[string]Value, k, val Value) {
	if k.node.Kind != yaml.ScalarNode {
		k.Add(diag.CodeType, "a key is a word, found %s", k.kindWord())
		return
	}
	name := k.node.Value
	if first, ok := seen[name]; ok {
		k.Add(diag.CodeDuplicateKey, "the key %s stands twice in %s", diag.Quote(name), what).
			WithHelp(duplicateHelp).WithRelated(first.Pos(), "first written here")
		return
	}
	seen[name] = k
	for i := range keys {
		if keys[i].Name != name {
			continue
		}
		if val.isNull() {
			d := k.Add(diag.CodeMissing, "the key %s has no value", diag.Quote(name))
			if !keys[i].Required {
				d.WithHelp("give it a value, or remove the key")
			}
			return
		}
		keys[i].Decode(val)
		return
	}
	names := make([]string, len(keys))
	for i := range keys {
		names[i] = keys[i].Name
	}
	if name == "<<" {
		k.Add(diag.CodeUnknownKey, "merge keys (<<) are not supported").WithHelp("write the keys out")
		return
	}
	if diag.LooksSecret(name) {
		val.LiteralSecret("%s has no key %s, and a secret does not belong into this file", what, diag.Quote(name))
		return
	}
	dg := k.Add(diag.CodeUnknownKey, "%s has no key %s", what, diag.Quote(name))
	if v.doc.suggested++; v.doc.suggested <= maxSuggested {
		dg.WithHelp("%s", diag.DidYouMean(name, names))
	}
}

// maxSuggested bounds the comparisons that a file of nothing but unknown keys
// would cost.
const maxSuggested = 1000

// LiteralSecret reports a secret that is written out. Its text never quotes the
// value, and printers leave the line out.
func (v Value) LiteralSecret(format string, args ...any) {
	v.Add(diag.CodeLiteralSecret, format, args...).
		WithHelp("use auth: {agent: true}, {key_file: PATH} or {password_env: NAME}; and change the secret that stood here")
}

// Contains reports whether a scalar holds a text, without any check of it.
func (v Value) Contains(text string) bool {
	return v.node.Kind == yaml.ScalarNode && strings.Contains(v.node.Value, text)
}

// Entries calls each for every key of a mapping whose keys the user chooses.
func (v Value) Entries(what string, each func(key, val Value)) {
	if v.node.Kind != yaml.MappingNode {
		v.Add(diag.CodeType, "%s is a mapping (key: value), found %s", what, v.kindWord())
		return
	}
	if v.tooDeep() {
		return
	}
	seen := make(map[string]Value, len(v.node.Content)/2)
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		k := v.doc.child(v.node.Content[i], v.depth+1)
		val := v.doc.child(v.node.Content[i+1], v.depth+1)
		if k.node.Kind != yaml.ScalarNode {
			k.Add(diag.CodeType, "a key is a word, found %s", k.kindWord())
			continue
		}
		if first, ok := seen[k.node.Value]; ok {
			k.Add(diag.CodeDuplicateKey, "the key %s stands twice in %s", diag.Quote(k.node.Value), what).
				WithHelp(duplicateHelp).WithRelated(first.Pos(), "first written here")
			continue
		}
		seen[k.node.Value] = k
		each(k, val)
	}
}

// Seq calls each for every element of a list.
func (v Value) Seq(what string, each func(Value)) {
	if v.node.Kind != yaml.SequenceNode {
		v.Add(diag.CodeType, "%s is a list, found %s", what, v.kindWord()).
			WithHelp("write [a, b] or one \"- a\" a line")
		return
	}
	if v.tooDeep() {
		return
	}
	for _, n := range v.node.Content {
		each(v.doc.child(n, v.depth+1))
	}
}

// tooDeep stops a walk that an alias cycle or a hostile file would never end.
func (v Value) tooDeep() bool {
	if v.depth <= maxDepth {
		return false
	}
	v.Add(diag.CodeDepth, "values nest deeper than %d levels", maxDepth)
	return true
}
