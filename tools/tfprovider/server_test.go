package main

import (
	"errors"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// toy has one of everything that a table can say of a resource.
func toy() *server {
	return &server{table: &table{Resources: map[string]entry{"x": {
		Required:   map[string]string{"name": "string"},
		Optional:   map[string]string{"mtu": "number", "old": "string"},
		Unset:      map[string]string{"mode": "string"},
		Computed:   map[string]string{"state": "string"},
		Objects:    map[string]map[string]string{"routers": {"face": "string"}},
		Blocks:     map[string]block{"zone": {Nesting: "set", Min: 1, Max: 2, Required: map[string]string{"id": "string"}, Unset: map[string]string{"kind": "string"}}},
		Replace:    []string{"name"},
		Conflicts:  map[string]string{"mode": "old"},
		Words:      map[string][]string{"mtu": {"1500", "8500"}, "mode": {"A", "B"}},
		Deprecated: map[string]string{"old": "use mode"},
	}}}}
}

// value builds a configuration of x in which what is not given is null.
func value(t *testing.T, given map[string]any) *tfprotov5.DynamicValue {
	t.Helper()
	e := toy().table.Resources["x"]
	typ, ok := e.schema(true).ValueType().(tftypes.Object)
	require.True(t, ok)
	all := map[string]tftypes.Value{}
	for name, of := range typ.AttributeTypes {
		all[name] = tftypes.NewValue(of, given[name])
	}
	v := tftypes.NewValue(typ, all)
	d, err := tfprotov5.NewDynamicValue(typ, v)
	require.NoError(t, err)
	return &d
}

func zones() []tftypes.Value {
	typ := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String, "kind": tftypes.String}}
	return []tftypes.Value{tftypes.NewValue(typ, map[string]tftypes.Value{
		"id": tftypes.NewValue(tftypes.String, "z1"), "kind": tftypes.NewValue(tftypes.String, nil),
	})}
}

func TestSchemaOfAResource(t *testing.T) {
	e := toy().table.Resources["x"]
	b := e.schema(true).Block
	flags := map[string]string{}
	for _, a := range b.Attributes {
		for word, set := range map[string]bool{"R": a.Required, "O": a.Optional, "C": a.Computed, "D": a.Deprecated} {
			if set && word != "C" {
				flags[a.Name] = word + flags[a.Name]
			} else if set {
				flags[a.Name] += word
			}
		}
	}
	assert.Contains(t, []string{"OD", "DO"}, flags["old"])
	delete(flags, "old")
	assert.Equal(t, map[string]string{"name": "R", "mtu": "O", "mode": "OC", "state": "C", "id": "C", "routers": "C"}, flags)
	require.Len(t, b.BlockTypes, 1)
	assert.Equal(t, []int64{1, 2}, []int64{b.BlockTypes[0].MinItems, b.BlockTypes[0].MaxItems})
}

func TestAnIdThatMayBeGivenIsTheOnlyOne(t *testing.T) {
	e := entry{Unset: map[string]string{"id": "string"}}
	b := e.schema(true).Block
	require.Len(t, b.Attributes, 1)
	assert.True(t, b.Attributes[0].Optional)
}

func TestValidateHoldsWordsAndConflicts(t *testing.T) {
	for name, c := range map[string]struct {
		given map[string]any
		want  string
	}{
		"fine":     {map[string]any{"name": "a", "mtu": 1500, "mode": "A"}, ""},
		"number":   {map[string]any{"name": "a", "mtu": 9000}, "expected mtu to be one of 1500, 8500, got 9000"},
		"word":     {map[string]any{"name": "a", "mode": "a"}, "expected mode to be one of A, B, got a"},
		"conflict": {map[string]any{"name": "a", "mode": "A", "old": "x"}, `"mode" conflicts with "old"`},
		"computed": {map[string]any{"name": "a", "state": "up"}, "state is known after apply and cannot be set"},
		"unknown":  {map[string]any{"name": "a", "mode": tftypes.UnknownValue}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			config := value(t, c.given)
			got, err := toy().ValidateResourceTypeConfig(t.Context(), &tfprotov5.ValidateResourceTypeConfigRequest{TypeName: "x", Config: config})
			require.NoError(t, err)
			if c.want == "" {
				assert.Empty(t, got.Diagnostics)
				return
			}
			require.Len(t, got.Diagnostics, 1)
			assert.Equal(t, c.want, got.Diagnostics[0].Detail)
		})
	}
}

func TestPlanOfANewResource(t *testing.T) {
	proposed := value(t, map[string]any{"name": "a", "zone": zones()})
	none, err := tfprotov5.NewDynamicValue(toy().schemaOf("x"), tftypes.NewValue(toy().schemaOf("x"), nil))
	require.NoError(t, err)
	got, err := toy().PlanResourceChange(t.Context(), &tfprotov5.PlanResourceChangeRequest{TypeName: "x", PriorState: &none, ProposedNewState: proposed})
	require.NoError(t, err)
	v, err := got.PlannedState.Unmarshal(toy().schemaOf("x"))
	require.NoError(t, err)
	var fields map[string]tftypes.Value
	require.NoError(t, v.As(&fields))
	for _, name := range []string{"id", "mode", "state", "routers"} {
		assert.False(t, fields[name].IsKnown(), "%s is known before apply", name)
	}
	for _, name := range []string{"mtu", "old"} {
		assert.True(t, fields[name].IsNull(), "%s was invented", name)
	}
	assert.Contains(t, fields["zone"].String(), `"kind":tftypes.String<unknown>`)
}

func TestPlanOfAChange(t *testing.T) {
	plan := func(before, after map[string]any) []*tftypes.AttributePath {
		prior := value(t, before)
		proposed := value(t, after)
		got, err := toy().PlanResourceChange(t.Context(), &tfprotov5.PlanResourceChangeRequest{TypeName: "x", PriorState: prior, ProposedNewState: proposed})
		require.NoError(t, err)
		return got.RequiresReplace
	}
	assert.Empty(t, plan(map[string]any{"name": "a"}, map[string]any{"name": "a", "mtu": 1500}))
	replace := plan(map[string]any{"name": "a"}, map[string]any{"name": "b"})
	require.Len(t, replace, 1)
	assert.Equal(t, `AttributeName("name")`, replace[0].String())
}

func TestNothingIsEverDone(t *testing.T) {
	prior := value(t, map[string]any{"name": "a"})
	apply, err := toy().ApplyResourceChange(t.Context(), &tfprotov5.ApplyResourceChangeRequest{TypeName: "x", PriorState: prior})
	require.NoError(t, err)
	assert.Equal(t, prior, apply.NewState)
	require.Len(t, apply.Diagnostics, 1)
	read, err := toy().ReadDataSource(t.Context(), &tfprotov5.ReadDataSourceRequest{TypeName: "x"})
	require.NoError(t, err)
	require.Len(t, read.Diagnostics, 1)
	assert.Equal(t, "No cloud to ask for x", read.Diagnostics[0].Summary)
}

func TestStateOfANewerProviderIsRead(t *testing.T) {
	raw := &tfprotov5.RawState{JSON: []byte(`{"name":"a","added_later":true}`)}
	got, err := toy().UpgradeResourceState(t.Context(), &tfprotov5.UpgradeResourceStateRequest{TypeName: "x", RawState: raw})
	require.NoError(t, err)
	v, err := got.UpgradedState.Unmarshal(toy().schemaOf("x"))
	require.NoError(t, err)
	assert.Contains(t, v.String(), `"name":tftypes.String<"a">`)
}

func TestATableThatCannotBeReadIsTold(t *testing.T) {
	s := &server{err: errors.New("no table")}
	_, err := s.GetProviderSchema(t.Context(), nil)
	require.EqualError(t, err, "no table")
	_, err = s.GetMetadata(t.Context(), nil)
	require.EqualError(t, err, "no table")
}
