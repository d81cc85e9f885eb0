package show_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/show"
	"github.com/twinpath/twinpath/internal/vendor"
	"github.com/twinpath/twinpath/vendors"
)

func registry(t testing.TB) *vendor.Registry {
	t.Helper()
	r, err := vendor.NewRegistry(vendors.FS)
	require.NoError(t, err)
	return r
}

func parsers(t testing.TB, id string) show.Parsers {
	t.Helper()
	p, err := show.Load(registry(t), id)
	require.NoError(t, err)
	return p
}

func TestLoad(t *testing.T) {
	for _, id := range registry(t).IDs() {
		require.NotEmpty(t, parsers(t, id), id)
	}
}
