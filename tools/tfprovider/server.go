package main

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// server answers Terraform. The embedded interface is nil: it stands for the
// calls of features, such as functions, that no table has and so none asks for.
type server struct {
	tfprotov5.ProviderServer
	table *table
	err   error // why there is no table
}

func (s *server) GetProviderSchema(context.Context, *tfprotov5.GetProviderSchemaRequest) (*tfprotov5.GetProviderSchemaResponse, error) {
	if s.err != nil {
		return nil, s.err
	}
	return &tfprotov5.GetProviderSchemaResponse{
		Provider:          s.table.Provider.Arguments.schema(false),
		ResourceSchemas:   schemas(s.table.Resources),
		DataSourceSchemas: schemas(s.table.DataSources),
	}, nil
}

func (s *server) GetMetadata(context.Context, *tfprotov5.GetMetadataRequest) (*tfprotov5.GetMetadataResponse, error) {
	if s.err != nil {
		return nil, s.err
	}
	out := &tfprotov5.GetMetadataResponse{}
	for name := range s.table.Resources {
		out.Resources = append(out.Resources, tfprotov5.ResourceMetadata{TypeName: name})
	}
	for name := range s.table.DataSources {
		out.DataSources = append(out.DataSources, tfprotov5.DataSourceMetadata{TypeName: name})
	}
	return out, nil
}

func (s *server) GetResourceIdentitySchemas(context.Context, *tfprotov5.GetResourceIdentitySchemasRequest) (*tfprotov5.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov5.GetResourceIdentitySchemasResponse{}, nil
}

func (s *server) PrepareProviderConfig(_ context.Context, r *tfprotov5.PrepareProviderConfigRequest) (*tfprotov5.PrepareProviderConfigResponse, error) {
	return &tfprotov5.PrepareProviderConfigResponse{PreparedConfig: r.Config}, nil
}

func (s *server) ConfigureProvider(context.Context, *tfprotov5.ConfigureProviderRequest) (*tfprotov5.ConfigureProviderResponse, error) {
	return &tfprotov5.ConfigureProviderResponse{}, nil
}

func (s *server) StopProvider(context.Context, *tfprotov5.StopProviderRequest) (*tfprotov5.StopProviderResponse, error) {
	return &tfprotov5.StopProviderResponse{}, nil
}

func (s *server) ValidateResourceTypeConfig(_ context.Context, r *tfprotov5.ValidateResourceTypeConfigRequest) (*tfprotov5.ValidateResourceTypeConfigResponse, error) {
	e := s.table.Resources[r.TypeName]
	return &tfprotov5.ValidateResourceTypeConfigResponse{Diagnostics: e.validate(r.Config)}, nil
}

func (s *server) ValidateDataSourceConfig(_ context.Context, r *tfprotov5.ValidateDataSourceConfigRequest) (*tfprotov5.ValidateDataSourceConfigResponse, error) {
	e := s.table.DataSources[r.TypeName]
	return &tfprotov5.ValidateDataSourceConfigResponse{Diagnostics: e.validate(r.Config)}, nil
}

// schemaOf is the type of a resource's state.
func (s *server) schemaOf(resource string) tftypes.Type {
	e := s.table.Resources[resource]
	return e.schema(true).ValueType()
}

func (s *server) UpgradeResourceState(_ context.Context, r *tfprotov5.UpgradeResourceStateRequest) (*tfprotov5.UpgradeResourceStateResponse, error) {
	typ := s.schemaOf(r.TypeName)
	// What a newer provider saved and this table does not list is dropped.
	v, err := r.RawState.UnmarshalWithOpts(typ, tfprotov5.UnmarshalOpts{ValueFromJSONOpts: tftypes.ValueFromJSONOpts{IgnoreUndefinedAttributes: true}})
	if err != nil {
		return nil, fmt.Errorf("read the state of %s: %w", r.TypeName, err)
	}
	d, err := tfprotov5.NewDynamicValue(typ, v)
	return &tfprotov5.UpgradeResourceStateResponse{UpgradedState: &d}, err
}

func (s *server) ReadResource(_ context.Context, r *tfprotov5.ReadResourceRequest) (*tfprotov5.ReadResourceResponse, error) {
	return &tfprotov5.ReadResourceResponse{NewState: r.CurrentState, Private: r.Private}, nil
}

// PlanResourceChange says what the cloud would fill in, and what has to be
// destroyed for the change.
func (s *server) PlanResourceChange(_ context.Context, r *tfprotov5.PlanResourceChangeRequest) (*tfprotov5.PlanResourceChangeResponse, error) {
	e := s.table.Resources[r.TypeName]
	typ := s.schemaOf(r.TypeName)
	prior, err := r.PriorState.Unmarshal(typ)
	if err != nil {
		return nil, fmt.Errorf("read the state of %s: %w", r.TypeName, err)
	}
	proposed, err := r.ProposedNewState.Unmarshal(typ)
	if err != nil {
		return nil, fmt.Errorf("read the plan of %s: %w", r.TypeName, err)
	}
	if proposed.IsNull() {
		return &tfprotov5.PlanResourceChangeResponse{PlannedState: r.ProposedNewState}, nil
	}
	if prior.IsNull() {
		d, err := e.fillIn(typ, proposed)
		return &tfprotov5.PlanResourceChangeResponse{PlannedState: d}, err
	}
	replace, err := e.replaced(prior, proposed)
	return &tfprotov5.PlanResourceChangeResponse{PlannedState: r.ProposedNewState, RequiresReplace: replace}, err
}

// fillIn marks as known after apply what only the cloud gives.
func (e *entry) fillIn(typ tftypes.Type, v tftypes.Value) (*tfprotov5.DynamicValue, error) {
	computed := maps.Clone(e.Computed)
	if computed == nil {
		computed = map[string]string{}
	}
	maps.Copy(computed, e.Unset)
	computed["id"] = "string"
	for name := range e.Objects {
		computed[name] = "object"
	}
	v, err := tftypes.Transform(v, func(p *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		steps := p.Steps()
		if !v.IsNull() || len(steps) == 0 {
			return v, nil
		}
		name, _ := steps[len(steps)-1].(tftypes.AttributeName)
		list := computed
		if outer, ok := steps[0].(tftypes.AttributeName); ok && len(steps) > 1 {
			list = e.Blocks[string(outer)].Unset
		}
		if list[string(name)] == "" {
			return v, nil
		}
		return tftypes.NewValue(v.Type(), tftypes.UnknownValue), nil
	})
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	d, err := tfprotov5.NewDynamicValue(typ, v)
	return &d, err
}

func (e *entry) replaced(prior, proposed tftypes.Value) ([]*tftypes.AttributePath, error) {
	var before, after map[string]tftypes.Value
	if err := prior.As(&before); err != nil {
		return nil, err
	}
	if err := proposed.As(&after); err != nil {
		return nil, err
	}
	var out []*tftypes.AttributePath
	for _, name := range e.Replace {
		if !before[name].Equal(after[name]) {
			out = append(out, tftypes.NewAttributePath().WithAttributeName(name))
		}
	}
	return out, nil
}

const refusal = "This provider has a schema and nothing behind it: it is for terraform validate, and for terraform test with mocked values."

func refused(what string) []*tfprotov5.Diagnostic {
	return []*tfprotov5.Diagnostic{{
		Severity: tfprotov5.DiagnosticSeverityError, Summary: "No cloud to ask for " + what,
		Detail: refusal + " Nothing was changed. Take the dev_overrides out of Terraform's CLI configuration to use the real one.",
	}}
}

func (s *server) ApplyResourceChange(_ context.Context, r *tfprotov5.ApplyResourceChangeRequest) (*tfprotov5.ApplyResourceChangeResponse, error) {
	return &tfprotov5.ApplyResourceChangeResponse{NewState: r.PriorState, Diagnostics: refused(r.TypeName)}, nil
}

func (s *server) ReadDataSource(_ context.Context, r *tfprotov5.ReadDataSourceRequest) (*tfprotov5.ReadDataSourceResponse, error) {
	return &tfprotov5.ReadDataSourceResponse{Diagnostics: refused(r.TypeName)}, nil
}

func (s *server) ImportResourceState(_ context.Context, r *tfprotov5.ImportResourceStateRequest) (*tfprotov5.ImportResourceStateResponse, error) {
	return &tfprotov5.ImportResourceStateResponse{Diagnostics: refused(r.TypeName)}, nil
}

// validate holds a configuration to the words and conflicts of the table; names,
// types and numbers of blocks Terraform itself holds to the schema.
func (e *entry) validate(config *tfprotov5.DynamicValue) []*tfprotov5.Diagnostic {
	v, err := config.Unmarshal(e.schema(true).ValueType())
	var values map[string]tftypes.Value
	if err == nil {
		err = v.As(&values)
	}
	if err != nil {
		return []*tfprotov5.Diagnostic{{Severity: tfprotov5.DiagnosticSeverityError, Summary: "Configuration does not fit the schema", Detail: err.Error()}}
	}
	var out []*tfprotov5.Diagnostic
	fail := func(name, summary, detail string) {
		out = append(out, &tfprotov5.Diagnostic{
			Severity: tfprotov5.DiagnosticSeverityError, Summary: summary, Detail: detail,
			Attribute: tftypes.NewAttributePath().WithAttributeName(name),
		})
	}
	for _, a := range e.schema(true).Block.Attributes {
		if a.Computed && !a.Optional && !values[a.Name].IsNull() {
			fail(a.Name, "Value for an attribute that only the cloud gives", fmt.Sprintf("%s is known after apply and cannot be set", a.Name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Conflicts)) {
		if other := e.Conflicts[name]; !values[name].IsNull() && !values[other].IsNull() {
			fail(name, "Conflicting configuration arguments", fmt.Sprintf("%q conflicts with %q", name, other))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Words)) {
		got, ok := text(values[name])
		if ok && !slices.Contains(e.Words[name], got) {
			fail(name, "Value is not one that the provider takes", fmt.Sprintf("expected %s to be one of %s, got %s", name, strings.Join(e.Words[name], ", "), got))
		}
	}
	return out
}

// text is a known string or number as the table writes it.
func text(v tftypes.Value) (string, bool) {
	if !v.IsKnown() || v.IsNull() {
		return "", false
	}
	switch {
	case v.Type().Is(tftypes.String):
		var s string
		err := v.As(&s)
		return s, err == nil
	case v.Type().Is(tftypes.Number):
		n := new(big.Float)
		err := v.As(&n)
		return n.Text('f', -1), err == nil
	}
	return "", false
}
