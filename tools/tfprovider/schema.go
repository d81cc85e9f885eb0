package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// typeOf turns a word of the table, such as list(string), into Terraform's type.
func typeOf(word string) (tftypes.Type, error) {
	switch word {
	case "string":
		return tftypes.String, nil
	case "number":
		return tftypes.Number, nil
	case "bool":
		return tftypes.Bool, nil
	}
	outer, inner, ok := strings.Cut(strings.TrimSuffix(word, ")"), "(")
	if !ok || !strings.HasSuffix(word, ")") {
		return nil, fmt.Errorf("%q is no type", word)
	}
	element, err := typeOf(inner)
	if err != nil {
		return nil, err
	}
	switch outer {
	case "list":
		return tftypes.List{ElementType: element}, nil
	case "set":
		return tftypes.Set{ElementType: element}, nil
	case "map":
		return tftypes.Map{ElementType: element}, nil
	}
	return nil, fmt.Errorf("%q is no type", word)
}

// known is typeOf of a word that check has already taken; of any other it says
// "any type", which Terraform refuses nothing for.
func known(word string) tftypes.Type {
	t, err := typeOf(word)
	if err != nil {
		return tftypes.DynamicPseudoType
	}
	return t
}

// attributes gives one list of arguments the three flags of Terraform's schema.
func attributes(list map[string]string, required, optional, computed bool, deprecated map[string]string) []*tfprotov5.SchemaAttribute {
	var out []*tfprotov5.SchemaAttribute
	for _, name := range slices.Sorted(maps.Keys(list)) {
		out = append(out, &tfprotov5.SchemaAttribute{
			Name: name, Type: known(list[name]), Description: deprecated[name], Deprecated: deprecated[name] != "",
			Required: required, Optional: optional, Computed: computed,
		})
	}
	return out
}

// schema is what Terraform is told of a resource or a data source. Like the SDK
// that the real provider uses, it gives every one an id, and shows a computed
// list of objects as an attribute and not as a block.
func (e *entry) schema(id bool) *tfprotov5.Schema {
	b := &tfprotov5.SchemaBlock{}
	b.Attributes = slices.Concat(
		attributes(e.Required, true, false, false, e.Deprecated),
		attributes(e.Optional, false, true, false, e.Deprecated),
		attributes(e.Unset, false, true, true, e.Deprecated),
		attributes(e.Computed, false, false, true, e.Deprecated),
	)
	for _, name := range slices.Sorted(maps.Keys(e.Objects)) {
		object := tftypes.Object{AttributeTypes: map[string]tftypes.Type{}}
		for field, word := range e.Objects[name] {
			object.AttributeTypes[field] = known(word)
		}
		b.Attributes = append(b.Attributes, &tfprotov5.SchemaAttribute{
			Name: name, Type: tftypes.List{ElementType: object}, Computed: true,
		})
	}
	if id && e.Required["id"]+e.Optional["id"]+e.Unset["id"]+e.Computed["id"] == "" {
		b.Attributes = append(b.Attributes, &tfprotov5.SchemaAttribute{Name: "id", Type: tftypes.String, Computed: true})
	}
	for _, name := range slices.Sorted(maps.Keys(e.Blocks)) {
		b.BlockTypes = append(b.BlockTypes, nested(name, e.Blocks[name]))
	}
	return &tfprotov5.Schema{Block: b}
}

func nested(name string, b block) *tfprotov5.SchemaNestedBlock {
	nesting := tfprotov5.SchemaNestedBlockNestingModeList
	if b.Nesting == "set" {
		nesting = tfprotov5.SchemaNestedBlockNestingModeSet
	}
	return &tfprotov5.SchemaNestedBlock{
		TypeName: name, Nesting: nesting, MinItems: b.Min, MaxItems: b.Max,
		Block: &tfprotov5.SchemaBlock{Attributes: slices.Concat(
			attributes(b.Required, true, false, false, nil),
			attributes(b.Optional, false, true, false, nil),
			attributes(b.Unset, false, true, true, nil),
			attributes(b.Computed, false, false, true, nil),
		)},
	}
}

func schemas(of map[string]entry) map[string]*tfprotov5.Schema {
	out := map[string]*tfprotov5.Schema{}
	for name, e := range of {
		out[name] = e.schema(true)
	}
	return out
}
