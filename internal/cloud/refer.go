package cloud

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// references checks every name that the expressions of a body refer to.
func (c *checker) references(body *hclsyntax.Body) {
	for name, a := range body.Attributes {
		if name == "provider" { // alicloud.alias names a provider configuration
			continue
		}
		for _, t := range a.Expr.Variables() {
			c.traversal(t)
		}
	}
	for _, b := range body.Blocks {
		c.references(b.Body)
	}
}

// traversal checks one reference, such as data.TYPE.NAME.list[0].attribute.
func (c *checker) traversal(t hcl.Traversal) {
	names := names(t)
	switch names[0] {
	case "each", "self", "path", "terraform", "zone_mappings", "attach_points":
		return
	case "var", "local":
		if len(names) < 2 || !c.declared[names[0]+"."+names[1]] {
			c.fail(t.SourceRange(), "%v is not declared", names)
			return
		}
		c.used[names[0]+"."+names[1]] = true
		return
	}
	table, prefix := c.schema.Resources, ""
	if names[0] == "data" {
		table, prefix, names = c.schema.DataSources, "data.", names[1:]
	}
	if len(names) < 2 || !c.declared[prefix+names[0]+"."+names[1]] {
		c.fail(t.SourceRange(), "%s%v is not declared", prefix, names)
		return
	}
	schema := table[names[0]]
	if schema == nil || len(names) < 3 {
		return
	}
	attrs, isObject := schema.Objects[names[2]]
	switch {
	case isObject && len(names) > 3 && attrs[names[3]] == "":
		c.fail(t.SourceRange(), "an object of %s of %s has no attribute %s", names[2], names[0], names[3])
	case !isObject && schema.Arguments[names[2]] == nil && schema.Blocks[names[2]] == nil:
		c.fail(t.SourceRange(), "%s has no attribute %s", names[0], names[2])
	}
}

// names returns the names of a traversal, without its indexes.
func names(t hcl.Traversal) []string {
	var out []string
	for _, step := range t {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			out = append(out, step.Name)
		case hcl.TraverseAttr:
			out = append(out, step.Name)
		}
	}
	return out
}

// lastName returns the last name of an expression that is one reference, or "".
func lastName(e hclsyntax.Expression) string {
	t, diags := hcl.AbsTraversalForExpr(e)
	if diags.HasErrors() {
		return ""
	}
	n := names(t)
	return n[len(n)-1]
}

// literal returns the Go value of a primitive.
func literal(v cty.Value) any {
	switch v.Type() {
	case cty.Number:
		i, _ := v.AsBigFloat().Int64()
		return i
	case cty.Bool:
		return v.True()
	case cty.String:
		return v.AsString()
	}
	return ""
}
