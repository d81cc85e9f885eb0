package cloud

import (
	"fmt"
	"io/fs"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

// Schema is what a cloud's Terraform provider takes: the part of it that the
// templates use, read from vendors/<cloud>/schema.yaml.
type Schema struct {
	Provider    ProviderSchema
	Resources   map[string]*Block
	DataSources map[string]*Block
}

// ProviderSchema is the provider itself.
type ProviderSchema struct {
	// Name is the local name ("alicloud"), Source the registry address of
	// required_providers, Constraint the versions that the files are for.
	Name, Source, Constraint string
	Arguments                *Block
}

// Presence says whether an argument may be given.
type Presence string

// The presences. Unset is an optional argument that the cloud fills in when it
// is not given; Computed one that only the cloud gives.
const (
	Required Presence = "required"
	Optional Presence = "optional"
	Unset    Presence = "unset"
	Computed Presence = "computed"
)

// Argument is one argument or attribute.
type Argument struct {
	// Type is string, number, bool, list(string), set(string) or map(string).
	Type     string
	Presence Presence
	// Words are the only values that the provider takes; empty for any.
	Words []string
}

// Block is a resource, a data source or a nested block.
type Block struct {
	Arguments map[string]*Argument
	Blocks    map[string]*Block
	// Objects are computed lists of objects: the attributes of one object.
	Objects map[string]map[string]string
	// Min and Max bound how often a nested block stands; Max 0 is no bound.
	Min, Max int
	// Deprecated and Removed say what to use instead of an argument, Conflicts
	// which argument must not stand beside one, Refers to which attribute of
	// another resource an argument must point.
	Deprecated, Removed, Conflicts, Refers map[string]string
}

// LoadSchema reads the schema of one cloud from a file system such as
// vendors.FS. A broken file is an error with its place.
func LoadSchema(fsys fs.FS, provider string) (*Schema, error) {
	name := provider + "/schema.yaml"
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read the provider's schema: %w", err)
	}
	var list diag.List
	s := DecodeSchema("vendors/"+name, data, &list)
	if list.HasErrors() {
		d := list.Sorted()[0]
		return nil, fmt.Errorf("schema of %s: %s: %s [%s]", provider, d.Pos, d.Text, d.Code)
	}
	return s, nil
}

// DecodeSchema reads a schema file. Problems go to list.
func DecodeSchema(file string, data []byte, list *diag.List) *Schema {
	top, ok := yamlpos.Parse(file, data, list)
	if !ok {
		return nil
	}
	s := &Schema{Resources: map[string]*Block{}, DataSources: map[string]*Block{}}
	top.Map("the schema",
		yamlpos.Required("version", func(v yamlpos.Value) { v.OneOf("version", "1") }),
		yamlpos.Required("provider", s.Provider.decode),
		yamlpos.Required("resources", func(v yamlpos.Value) { decodeBlocks(v, s.Resources) }),
		yamlpos.Required("data_sources", func(v yamlpos.Value) { decodeBlocks(v, s.DataSources) }),
	)
	return s
}

func text(v yamlpos.Value, what string) string {
	t, _ := v.LongText(what)
	return t.Val
}

func (p *ProviderSchema) decode(v yamlpos.Value) {
	v.Map("provider",
		yamlpos.Required("name", func(v yamlpos.Value) { p.Name = text(v, "name") }),
		yamlpos.Required("address", func(v yamlpos.Value) { text(v, "address") }),
		yamlpos.Required("source", func(v yamlpos.Value) { p.Source = text(v, "source") }),
		yamlpos.Required("constraint", func(v yamlpos.Value) { p.Constraint = text(v, "constraint") }),
		yamlpos.Required("read", func(v yamlpos.Value) { text(v, "read") }),
		yamlpos.Required("arguments", func(v yamlpos.Value) { p.Arguments = decodeBlock(v) }),
	)
}

func decodeBlocks(v yamlpos.Value, into map[string]*Block) {
	v.Entries("a table of blocks", func(k, v yamlpos.Value) { into[text(k, "a name")] = decodeBlock(v) })
}

// decodeBlock reads a resource, a data source or a nested block.
func decodeBlock(v yamlpos.Value) *Block {
	b := &Block{
		Arguments: map[string]*Argument{}, Blocks: map[string]*Block{}, Objects: map[string]map[string]string{},
		Deprecated: map[string]string{}, Removed: map[string]string{}, Conflicts: map[string]string{}, Refers: map[string]string{},
	}
	words := map[string][]string{}
	keys := []yamlpos.Key{
		yamlpos.Optional("doc", func(v yamlpos.Value) { text(v, "doc") }),
		yamlpos.Optional("nesting", func(v yamlpos.Value) { v.OneOf("nesting", "list", "set") }),
		yamlpos.Optional("min", func(v yamlpos.Value) { b.Min = v.Int("min", 0, 100, diag.CodeValue).Val }),
		yamlpos.Optional("max", func(v yamlpos.Value) { b.Max = v.Int("max", 1, 1000, diag.CodeValue).Val }),
		yamlpos.Optional("blocks", func(v yamlpos.Value) { decodeBlocks(v, b.Blocks) }),
		yamlpos.Optional("objects", func(v yamlpos.Value) {
			v.Entries("objects", func(k, v yamlpos.Value) {
				attrs := map[string]string{}
				b.Objects[text(k, "a name")] = attrs
				v.Entries("an object", func(k, v yamlpos.Value) { attrs[text(k, "an attribute")] = typeWord(v) })
			})
		}),
		yamlpos.Optional("replace", func(v yamlpos.Value) { v.Seq("replace", func(v yamlpos.Value) { text(v, "an argument") }) }),
		yamlpos.Optional("defaults", func(v yamlpos.Value) {
			v.Entries("defaults", func(_, v yamlpos.Value) { text(v, "a default") })
		}),
		yamlpos.Optional("words", func(v yamlpos.Value) {
			v.Entries("words", func(k, v yamlpos.Value) {
				name := text(k, "an argument")
				v.Seq("words", func(v yamlpos.Value) { words[name] = append(words[name], text(v, "a word")) })
			})
		}),
		yamlpos.Optional("deprecated", pairs(b.Deprecated)),
		yamlpos.Optional("removed", pairs(b.Removed)),
		yamlpos.Optional("conflicts", pairs(b.Conflicts)),
		yamlpos.Optional("refers", pairs(b.Refers)),
	}
	for _, p := range []Presence{Required, Optional, Unset, Computed} {
		keys = append(keys, yamlpos.Optional(string(p), func(v yamlpos.Value) {
			v.Entries(string(p), func(k, v yamlpos.Value) {
				name := text(k, "an argument")
				if b.Arguments[name] != nil {
					k.Add(diag.CodeDuplicateKey, "the argument %s stands twice", diag.Quote(name))
				}
				b.Arguments[name] = &Argument{Type: typeWord(v), Presence: p}
			})
		}))
	}
	v.Map("a block", keys...)
	for name, w := range words {
		if a := b.Arguments[name]; a != nil {
			a.Words = w
		} else {
			v.Add(diag.CodeValue, "the words of %s have no argument", diag.Quote(name))
		}
	}
	if b.Arguments["id"] == nil {
		b.Arguments["id"] = &Argument{Type: "string", Presence: Computed}
	}
	return b
}

func typeWord(v yamlpos.Value) string {
	return v.OneOf("a type", "string", "number", "bool", "list(string)", "set(string)", "map(string)").Val
}

// pairs reads a table of an argument and a sentence or another argument.
func pairs(into map[string]string) func(yamlpos.Value) {
	return func(v yamlpos.Value) {
		v.Entries("a table", func(k, v yamlpos.Value) { into[text(k, "an argument")] = text(v, "a text") })
	}
}
