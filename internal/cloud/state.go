package cloud

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

// Mapping says where the facts of one cloud stand in a Terraform state.
type Mapping struct{ tables map[string]*stateTable }

// stateTable is a kind of resource and what its attributes are called here.
type stateTable struct {
	mode, kind, list string
	keys             map[string]string
}

// LoadMapping reads the mapping of one cloud from a file system such as
// vendors.FS.
func LoadMapping(fsys fs.FS, provider string) (*Mapping, error) {
	name := provider + "/import.yaml"
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read the mapping: %w", err)
	}
	var list diag.List
	m := &Mapping{tables: map[string]*stateTable{}}
	if top, ok := yamlpos.Parse("vendors/"+name, data, &list); ok {
		top.Map("the mapping",
			yamlpos.Required("version", func(v yamlpos.Value) { v.OneOf("version", "1") }),
			yamlpos.Required("tables", func(v yamlpos.Value) {
				v.Entries("tables", func(k, v yamlpos.Value) {
					t := &stateTable{mode: "managed", keys: map[string]string{}}
					m.tables[text(k, "a table")] = t
					v.Map("a table",
						yamlpos.Optional("mode", func(v yamlpos.Value) { t.mode = v.OneOf("mode", "data", "managed").Val }),
						yamlpos.Required("type", func(v yamlpos.Value) { t.kind = text(v, "type") }),
						yamlpos.Optional("list", func(v yamlpos.Value) { t.list = text(v, "list") }),
						yamlpos.Required("keys", pairs(t.keys)),
					)
				})
			}),
		)
	}
	if list.HasErrors() {
		d := list.Sorted()[0]
		return nil, fmt.Errorf("mapping of %s: %s: %s [%s]", provider, d.Pos, d.Text, d.Code)
	}
	return m, nil
}

// ErrNoState is returned for data that is no Terraform state in JSON.
var ErrNoState = errors.New("this is not what `terraform show -json` prints of a state")

// State is the resources of a Terraform state.
type State struct{ resources []resource }

type resource struct {
	Mode   string         `json:"mode"`
	Type   string         `json:"type"`
	Name   string         `json:"name"`
	Values map[string]any `json:"values"`
}

type stateModule struct {
	Resources []resource    `json:"resources"`
	Children  []stateModule `json:"child_modules"`
}

// DecodeState reads what `terraform show -json` prints. Nothing of it but what
// a Mapping names is looked at: a state may hold secrets.
func DecodeState(data []byte) (*State, error) {
	var doc struct {
		Format string `json:"format_version"`
		Values *struct {
			Root stateModule `json:"root_module"`
		} `json:"values"`
	}
	if err := json.Unmarshal(data, &doc); err != nil || doc.Format == "" || doc.Values == nil {
		return nil, ErrNoState
	}
	s := &State{}
	s.add(doc.Values.Root, 0)
	return s, nil
}

// maxModules bounds how deep modules nest in a hostile file.
const maxModules = 32

func (s *State) add(m stateModule, depth int) {
	s.resources = append(s.resources, m.Resources...)
	for _, c := range m.Children {
		if depth < maxModules {
			s.add(c, depth+1)
		}
	}
}

// row is one row of a table: our words and the values of the state.
type row struct {
	name   string
	values map[string]any
}

// rows returns the rows of a table, none for one that the mapping lacks.
func (s *State) rows(m *Mapping, table string) []row {
	t := m.tables[table]
	if t == nil {
		return nil
	}
	var out []row
	for _, r := range s.resources {
		if r.Mode != t.mode || r.Type != t.kind {
			continue
		}
		objects := []map[string]any{r.Values}
		if t.list != "" {
			objects = nil
			list, _ := r.Values[t.list].([]any)
			for _, o := range list {
				if m, ok := o.(map[string]any); ok {
					objects = append(objects, m)
				}
			}
		}
		for _, o := range objects {
			x := row{name: r.Name, values: map[string]any{}}
			for word, attribute := range t.keys {
				if parent, ok := strings.CutPrefix(attribute, "^"); ok {
					x.values[word] = r.Values[parent]
				} else {
					x.values[word] = o[attribute]
				}
			}
			out = append(out, x)
		}
	}
	return out
}

// text returns a value as text, "" when it is none.
func (r row) text(word string) string {
	switch v := r.values[word].(type) {
	case string:
		return v
	case float64:
		return fmt.Sprintf("%.0f", v)
	}
	return ""
}

// number returns a value as a number, and whether it is one.
func (r row) number(word string) (int, bool) {
	v, ok := r.values[word].(float64)
	return int(v), ok
}

// list returns the texts of a list.
func (r row) list(word string) []string {
	var out []string
	vs, _ := r.values[word].([]any)
	for _, v := range vs {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// address returns an address, the zero Addr when the text is none.
func (r row) address(word string) netip.Addr {
	host, _, _ := strings.Cut(r.text(word), "/")
	a, _ := netip.ParseAddr(host) // an error leaves the zero Addr, which says it
	return a
}
