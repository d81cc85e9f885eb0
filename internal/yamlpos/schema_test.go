package yamlpos_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"github.com/twinpath/twinpath/docs"
	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/inventory"
	"github.com/twinpath/twinpath/internal/scenario"
)

// The schemas are tested here and not beside the decoders, because this folder
// is the only one that may read YAML.

// schemaFile is a schema with the decoder that it must agree with.
type schemaFile struct {
	name   string
	text   string
	decode func(data []byte, list *diag.List)
}

var (
	scenarioSchema = schemaFile{"scenario", docs.ScenarioSchema, func(data []byte, list *diag.List) {
		scenario.Decode("test.yaml", data, list)
	}}
	inventorySchema = schemaFile{"inventory", docs.InventorySchema, func(data []byte, list *diag.List) {
		inventory.Decode("test.yaml", data, list)
	}}
)

func (f schemaFile) tree(t *testing.T) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(f.text), &out); err != nil {
		t.Fatalf("%s.json: %v", f.name, err)
	}
	return out
}

func (f schemaFile) compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(f.text))
	if err != nil {
		t.Fatalf("%s.json: %v", f.name, err)
	}
	if err := c.AddResource(f.name, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(f.name)
	if err != nil {
		t.Fatalf("%s.json is no schema: %v", f.name, err)
	}
	return s
}

// value reads a YAML file as an editor's language server does.
func value(t *testing.T, file string) (any, error) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := yaml.Unmarshal(data, &v); err != nil {
		return nil, err
	}
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	out, err := filepath.Glob(pattern)
	if err != nil || len(out) == 0 {
		t.Fatalf("no files match %s", pattern)
	}
	return out
}

func TestSchemasAcceptWhatIsShipped(t *testing.T) {
	schemas := map[bool]*jsonschema.Schema{true: scenarioSchema.compile(t), false: inventorySchema.compile(t)}
	for _, file := range glob(t, "../../inventory/*/*.yaml") {
		v, err := value(t, file)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		isScenario := filepath.Base(file) == "scenario.yaml"
		if err := schemas[isScenario].Validate(v); err != nil {
			t.Errorf("%s is refused by its own schema: %v", file, err)
		}
		if schemas[!isScenario].Validate(v) == nil {
			t.Errorf("%s is accepted by the other file's schema", file)
		}
	}
}

func TestSchemaAcceptsWhatIsRight(t *testing.T) {
	s := scenarioSchema.compile(t)
	for _, file := range glob(t, "../cli/testdata/ok/*.yaml") {
		v, err := value(t, file)
		if err != nil {
			t.Errorf("%s: %v", file, err)
		} else if err := s.Validate(v); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// structural are the codes that a schema can see as well as the decoder.
var structural = []string{"unknown-key", "missing-key", "wrong-type", "unknown-word", "bad-name", "vlan-range", "too-few-circuits", "health-timers", "mtu-value"}

func TestSchemaRefusesWhatIsWrong(t *testing.T) {
	s := scenarioSchema.compile(t)
	refused := 0
	for _, code := range structural {
		for _, file := range glob(t, "../cli/testdata/err/"+code+"*.yaml") {
			if strings.HasSuffix(file, "unknown-key-merge.yaml") {
				continue // an editor merges, and sees nothing wrong in what results
			}
			v, err := value(t, file)
			if err != nil {
				continue // an editor underlines it before it looks at the schema
			}
			refused++
			if s.Validate(v) == nil {
				t.Errorf("%s is accepted by the schema", file)
			}
		}
	}
	if refused < len(structural) {
		t.Errorf("only %d files were looked at", refused)
	}
}

func TestInventorySchemaRefusesSecrets(t *testing.T) {
	s := inventorySchema.compile(t)
	for _, name := range []string{"literal-secret", "literal-secret-scalar", "literal-secret-env", "bad-value-auth"} {
		v, err := value(t, "../cli/testdata/err/with-inventory/"+name+"/inventory.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(v) == nil {
			t.Errorf("%s is accepted by the schema", name)
		}
	}
}

// object is one mapping of a schema: how to come to it, and its keys.
type object struct {
	path     []string // a key, "[]" for a list, "*" for a key that the user chooses
	keys     []string
	required []string
}

// objects walks a schema.
func objects(root, node map[string]any, path []string) []object {
	if r, ok := node["$ref"].(string); ok {
		defs, _ := root["$defs"].(map[string]any)
		node, _ = defs[strings.TrimPrefix(r, "#/$defs/")].(map[string]any)
	}
	var out []object
	down := func(step string, child any) {
		if c, ok := child.(map[string]any); ok {
			out = append(out, objects(root, c, append(slices.Clone(path), step))...)
		}
	}
	if props, ok := node["properties"].(map[string]any); ok {
		o := object{path: path, keys: slices.Sorted(maps.Keys(props))}
		if req, ok := node["required"].([]any); ok {
			for _, r := range req {
				if name, ok := r.(string); ok {
					o.required = append(o.required, name)
				}
			}
			slices.Sort(o.required)
		}
		out = append(out, o)
		for _, k := range o.keys {
			down(k, props[k])
		}
	}
	down("[]", node["items"])
	down("*", node["additionalProperties"])
	for _, way := range []string{"oneOf", "anyOf"} {
		ways, _ := node[way].([]any)
		for _, w := range ways {
			if c, ok := w.(map[string]any); ok {
				out = append(out, objects(root, c, path)...)
			}
		}
	}
	return out
}

// probe is a key that no mapping has and that resembles none.
const probe = "zzzzzzzzqqqqqqqq"

// document returns a file whose only content is the mapping at path.
func document(path []string) []byte {
	v := any(map[string]any{probe: 1})
	for _, step := range slices.Backward(path) {
		switch step {
		case "[]":
			v = []any{v}
		case "*":
			v = map[string]any{"p1": v}
		default:
			v = map[string]any{step: v}
		}
	}
	text, err := json.Marshal(v) // JSON is YAML
	if err != nil {
		return nil
	}
	return text
}

// TestSchemaAndDecoderHaveTheSameKeys asks the decoder itself: it answers an
// unknown key with the list of those that it knows, and names each that lacks.
func TestSchemaAndDecoderHaveTheSameKeys(t *testing.T) {
	for _, f := range []schemaFile{scenarioSchema, inventorySchema} {
		root := f.tree(t)
		all := objects(root, root, nil)
		for _, o := range all {
			var list diag.List
			f.decode(document(o.path), &list)
			var known, missing []string
			asked := false
			for _, d := range list.Sorted() {
				if d.Code == diag.CodeUnknownKey && strings.Contains(d.Text, probe) {
					asked = true
					known = strings.Split(strings.TrimPrefix(d.Help, "one of: "), ", ")
				}
			}
			for _, d := range list.Sorted() {
				if d.Code == diag.CodeMissing && asked && d.Pos.Column == probeColumn(&list) {
					_, name, _ := strings.Cut(d.Text, "lacks the key ")
					missing = append(missing, strings.Trim(name, `"`))
				}
			}
			slices.Sort(known)
			slices.Sort(missing)
			where := f.name + " " + strings.Join(o.path, ".")
			if !asked {
				t.Errorf("%s: the decoder has no mapping here", where)
				continue
			}
			if !slices.Equal(known, o.keys) {
				t.Errorf("%s: the decoder knows %v, the schema %v", where, known, o.keys)
			}
			if !slices.Equal(missing, o.required) {
				t.Errorf("%s: the decoder requires %v, the schema %v", where, missing, o.required)
			}
		}
	}
}

// probeColumn returns the column of the mapping that holds the probe: the brace
// before it.
func probeColumn(list *diag.List) int {
	for _, d := range list.Sorted() {
		if d.Code == diag.CodeUnknownKey && strings.Contains(d.Text, probe) {
			return d.Pos.Column - 1
		}
	}
	return 0
}

func TestEverySchemaKeyIsExplained(t *testing.T) {
	for _, f := range []schemaFile{scenarioSchema, inventorySchema} {
		root := f.tree(t)
		defs, _ := root["$defs"].(map[string]any)
		var walk func(where string, node map[string]any)
		walk = func(where string, node map[string]any) {
			props, _ := node["properties"].(map[string]any)
			if props != nil && node["additionalProperties"] != false {
				t.Errorf("%s: unknown keys are not refused", where)
			}
			for k, p := range props {
				at := where + "." + k
				child, _ := p.(map[string]any)
				if r, ok := child["$ref"].(string); ok && child["title"] == nil {
					child, _ = defs[strings.TrimPrefix(r, "#/$defs/")].(map[string]any)
				}
				for _, key := range []string{"title", "description"} {
					if text, _ := child[key].(string); text == "" {
						t.Errorf("%s has no %s", at, key)
					}
				}
				walk(at, child)
			}
			if items, ok := node["items"].(map[string]any); ok {
				walk(where+"[]", items)
			}
		}
		walk(f.name, root)
		for name, d := range defs {
			if node, ok := d.(map[string]any); ok {
				walk(f.name+" "+name, node)
			}
		}
	}
}
