package render_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/intent"
	"github.com/twinpath/twinpath/internal/render"
	"github.com/twinpath/twinpath/internal/scenario"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/templates"
	"github.com/twinpath/twinpath/vendors"
)

// renderFile renders the first gateway of a scenario file as an operating
// system with its example ports; "" is the default platform. The text is empty
// when the scenario is refused, and list says why.
func renderFile(t *testing.T, scenarioPath, osID, platform string, form render.Form) (text string, list *diag.List) {
	t.Helper()
	data, err := os.ReadFile(scenarioPath)
	require.NoError(t, err)
	return renderText(t, string(data), osID, platform, form)
}

// renderText is renderFile for a scenario that is not in a file.
func renderText(t *testing.T, yaml, osID, platform string, form render.Form) (text string, list *diag.List) {
	t.Helper()
	list = &diag.List{}
	s := scenario.Decode("scenario.yaml", []byte(yaml), list)
	registry, err := vendor.NewRegistry(vendors.FS)
	require.NoError(t, err)
	p, err := registry.Profile(osID)
	require.NoError(t, err)
	require.NotNilf(t, p, "no profile of %s", osID)
	if list.HasErrors() {
		return "", list
	}
	if platform == "" {
		platform = p.DefaultPlatform
	}
	g := intent.ExampleOn(s, s.Gateways()[0], p, platform)
	d := intent.Build(s, g, p, list)
	if list.HasErrors() {
		return "", list
	}
	text, err = render.New(templates.FS).Render(d, form)
	require.NoError(t, err)
	return text, list
}
