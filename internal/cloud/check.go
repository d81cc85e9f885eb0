package cloud

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Check parses Terraform files and holds them against a provider's schema: the
// arguments of every block, the attributes that are referred to, and that
// everything which is referred to is declared. It is what `terraform validate`
// finds, without terraform, and a little more (Block.Refers). All problems are
// returned joined, each as file:line,column.
func Check(files []File, schema *Schema) error {
	c := &checker{schema: schema, declared: map[string]bool{}, used: map[string]bool{}}
	var bodies []*hclsyntax.Body
	for _, f := range files {
		parsed, diags := hclsyntax.ParseConfig([]byte(f.Text), f.Name, hcl.InitialPos)
		if diags.HasErrors() {
			c.errs = append(c.errs, diags)
			continue
		}
		if body, ok := parsed.Body.(*hclsyntax.Body); ok {
			bodies = append(bodies, body)
		}
	}
	for _, b := range bodies {
		c.declare(b)
	}
	for _, b := range bodies {
		for _, block := range b.Blocks {
			c.top(block)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.declared)) {
		if (strings.HasPrefix(name, "var.") || strings.HasPrefix(name, "local.")) && !c.used[name] {
			c.errs = append(c.errs, fmt.Errorf("%s is declared and never used", name))
		}
	}
	return errors.Join(c.errs...)
}

// checker is one run of Check.
type checker struct {
	schema *Schema
	// declared are the addresses that may be referred to, used those that are.
	declared, used map[string]bool
	errs           []error
}

func (c *checker) fail(r hcl.Range, format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("%s: %s", r, fmt.Sprintf(format, args...)))
}

// declare collects what the files declare.
func (c *checker) declare(b *hclsyntax.Body) {
	for _, block := range b.Blocks {
		var name string
		switch block.Type {
		case "variable":
			name = "var." + strings.Join(block.Labels, ".")
		case "resource":
			name = strings.Join(block.Labels, ".")
		case "data":
			name = "data." + strings.Join(block.Labels, ".")
		case "locals":
			for _, a := range block.Body.Attributes {
				c.declared["local."+a.Name] = true
			}
			continue
		default:
			continue
		}
		if c.declared[name] {
			c.fail(block.TypeRange, "%s is declared twice", name)
		}
		c.declared[name] = true
	}
}

// top checks one block of the top level.
func (c *checker) top(block *hclsyntax.Block) {
	if block.Type == "variable" {
		delete(block.Body.Attributes, "type") // a type is written as a name
		used := maps.Clone(c.used)
		defer func() { c.used = used }() // its own validation is no use of it
	}
	c.references(block.Body)
	switch block.Type {
	case "terraform", "variable", "locals", "output", "check":
	case "provider":
		c.arguments(block, c.schema.Provider.Arguments, []string{"alias"})
	case "resource", "data":
		table := c.schema.Resources
		if block.Type == "data" {
			table = c.schema.DataSources
		}
		schema := table[block.Labels[0]]
		if schema == nil {
			c.fail(block.TypeRange, "the %s %s is not in the provider's schema", block.Type, block.Labels[0])
			return
		}
		c.arguments(block, schema, []string{"for_each", "count", "provider", "depends_on"})
	default:
		c.fail(block.TypeRange, "a block %q is not expected here", block.Type)
	}
	for _, b := range block.Body.Blocks {
		if block.Type == "check" && b.Type == "data" {
			c.top(b)
		}
	}
}

// arguments holds a block against its schema; meta are the words of Terraform
// itself.
func (c *checker) arguments(block *hclsyntax.Block, schema *Block, meta []string) {
	for name, a := range block.Body.Attributes {
		if slices.Contains(meta, name) {
			continue
		}
		arg := schema.Arguments[name]
		switch {
		case schema.Removed[name] != "":
			c.fail(a.NameRange, "%s of %s: %s", name, label(block), schema.Removed[name])
		case arg == nil:
			c.fail(a.NameRange, "%s has no argument %s", label(block), name)
		case arg.Presence == Computed:
			c.fail(a.NameRange, "%s of %s is the cloud's to give", name, label(block))
		case schema.Deprecated[name] != "":
			c.fail(a.NameRange, "%s of %s is deprecated: %s", name, label(block), schema.Deprecated[name])
		default:
			c.value(a, arg)
		}
		if other := schema.Conflicts[name]; other != "" && block.Body.Attributes[other] != nil {
			c.fail(a.NameRange, "%s of %s must not stand beside %s", name, label(block), other)
		}
		if want := schema.Refers[name]; want != "" && lastName(a.Expr) != want {
			c.fail(a.NameRange, "%s of %s must point to the attribute %s of another resource", name, label(block), want)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Arguments)) {
		if schema.Arguments[name].Presence == Required && block.Body.Attributes[name] == nil {
			c.fail(block.TypeRange, "%s lacks the argument %s", label(block), name)
		}
	}
	c.nested(block, schema)
}

// nested holds the blocks inside a block against its schema.
func (c *checker) nested(block *hclsyntax.Block, schema *Block) {
	count := map[string]int{}
	for _, b := range block.Body.Blocks {
		switch b.Type {
		case "lifecycle":
			continue
		case "dynamic":
			inner := schema.Blocks[b.Labels[0]]
			if inner == nil {
				c.fail(b.TypeRange, "%s has no block %s", label(block), b.Labels[0])
				continue
			}
			count[b.Labels[0]]++
			for _, content := range b.Body.Blocks {
				c.arguments(content, inner, nil)
			}
		default:
			inner := schema.Blocks[b.Type]
			if inner == nil {
				c.fail(b.TypeRange, "%s has no block %s", label(block), b.Type)
				continue
			}
			count[b.Type]++
			c.arguments(b, inner, nil)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Blocks)) {
		inner := schema.Blocks[name]
		if count[name] < inner.Min || inner.Max > 0 && count[name] > inner.Max {
			c.fail(block.TypeRange, "%s has %d blocks %s, from %d to %d are taken", label(block), count[name], name, inner.Min, inner.Max)
		}
	}
}

// value holds a literal against the type and the words of its argument. What
// is computed from other values is left to terraform.
func (c *checker) value(a *hclsyntax.Attribute, arg *Argument) {
	if len(a.Expr.Variables()) > 0 {
		return
	}
	v, diags := a.Expr.Value(nil)
	if diags.HasErrors() || v.IsNull() {
		return
	}
	got := v.Type().FriendlyName()
	if want, isPlain := map[string]bool{"string": true, "number": true, "bool": true}[arg.Type], v.Type().IsPrimitiveType(); want != isPlain || want && got != arg.Type {
		c.fail(a.NameRange, "%s is of type %s, %s is needed", a.Name, got, arg.Type)
		return
	}
	if len(arg.Words) == 0 {
		return
	}
	word := fmt.Sprint(literal(v))
	if !slices.Contains(arg.Words, word) {
		c.fail(a.NameRange, "%s cannot be %s, the provider takes %s", a.Name, word, strings.Join(arg.Words, ", "))
	}
}

func label(block *hclsyntax.Block) string {
	return strings.TrimSpace(block.Type + " " + strings.Join(block.Labels, "."))
}
