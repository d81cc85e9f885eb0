// Package yamlpos reads YAML that a person wrote and keeps, for every value,
// the place where it stands. It is the only importer of the YAML library.
//
// Reading never stops at the first problem and never trusts the input: size,
// depth, number of nodes and alias expansion are bounded before the values are
// looked at, and text that a terminal or a router would act on is refused.
package yamlpos

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"gopkg.in/yaml.v3"

	"github.com/twinpath/twinpath/internal/diag"
)

// Bounds of an input. They are far above a scenario of 10,000 gateways and far
// below what makes a run slow.
const (
	// MaxBytes is the largest file that is read.
	MaxBytes = 24 << 20
	// maxTokens bounds the number of values; each needs one of the characters
	// that countTokens counts.
	maxTokens = 2 << 20
	// maxDepth bounds how deep mappings and lists nest. No file of this
	// project needs more than 8.
	maxDepth = 64
	// maxAliasNodes bounds how many nodes aliases may expand to in total.
	maxAliasNodes = 100_000
)

// ReadFile reads a file for Parse. A file that cannot be read, or is larger
// than MaxBytes, is a diagnostic and nil is returned.
func ReadFile(name string, list *diag.List) []byte {
	pos := diag.Position{File: name}
	info, err := os.Stat(name)
	if err == nil && info.IsDir() {
		list.Add(diag.CodeFile, pos, "this is a folder, a file is needed")
		return nil
	}
	if err == nil && !info.Mode().IsRegular() {
		// A pipe without a writer would be waited for, and a device never ends.
		list.Add(diag.CodeFile, pos, "this is no regular file but a pipe or a device").
			WithHelp("write what it would give into a file")
		return nil
	}
	if err == nil && info.Size() > MaxBytes {
		list.Add(diag.CodeFileLimit, pos, "the file has %d MB, more than the %d MB that are read", info.Size()>>20, MaxBytes>>20).
			WithHelp("split the scenario; several files may be given in one run")
		return nil
	}
	var data []byte
	if err == nil {
		data, err = readLimited(name)
	}
	if err != nil {
		if pe, ok := errors.AsType[*os.PathError](err); ok {
			err = pe.Err
		}
		list.Add(diag.CodeFile, pos, "cannot be read: %v", err)
		return nil
	}
	return data
}

// readLimited reads at most one byte more than Parse takes, since the files of
// /proc do not tell their size, and others may grow meanwhile.
func readLimited(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	return io.ReadAll(io.LimitReader(f, MaxBytes+1))
}

// document is one parsed file.
type document struct {
	file string
	list *diag.List
	// aliasNodes counts the values that aliases stand for.
	aliasNodes int
	// suggested counts the unknown keys that were compared with the known ones.
	suggested int
}

// Parse parses one YAML document whose top is a mapping. Problems go to list;
// ok is false when there is nothing to decode.
func Parse(file string, data []byte, list *diag.List) (top Value, ok bool) {
	doc := &document{file: file, list: list}
	data, ok = doc.precheck(data)
	if !ok {
		return Value{}, false
	}
	root, err := unmarshal(data)
	if err != nil {
		doc.syntaxError(err, data)
		return Value{}, false
	}
	if root == nil || root.Kind != yaml.DocumentNode || len(root.Content) == 0 {
		list.Add(diag.CodeEmpty, diag.Position{File: file}, "the file is empty")
		return Value{}, false
	}
	if !doc.aliasesFit(root) {
		return Value{}, false
	}
	v := doc.value(root.Content[0])
	if v.isNull() {
		list.Add(diag.CodeEmpty, diag.Position{File: file}, "the file is empty")
		return Value{}, false
	}
	if v.node.Kind != yaml.MappingNode {
		list.Add(diag.CodeType, v.Pos(), "expected a mapping (key: value) at the top, found %s", v.kindWord())
		return Value{}, false
	}
	return v, true
}

// secondDocument is the message of a file with two documents.
const secondDocument = "a second document starts here, one file holds one"

// unmarshal parses the first document and refuses a second. The library
// panics on some malformed input; that is a syntax error like any other.
func unmarshal(data []byte) (root *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, fmt.Errorf("malformed: %v", r)
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var n yaml.Node
	if err := dec.Decode(&n); err != nil {
		if err.Error() == "EOF" {
			return nil, nil
		}
		return nil, err
	}
	var second yaml.Node
	switch err := dec.Decode(&second); {
	case err == nil:
		return nil, fmt.Errorf("line %d: %s", second.Line, secondDocument)
	case err.Error() != "EOF":
		return nil, err
	}
	return &n, nil
}
