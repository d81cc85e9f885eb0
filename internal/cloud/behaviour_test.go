package cloud_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/twinpath/twinpath/internal/cloud"
)

// find returns the outcome of a failure in one direction.
func find(t *testing.T, all []cloud.Outcome, failure, direction string) cloud.Outcome {
	t.Helper()
	for _, o := range all {
		if o.Failure == failure && o.Direction == direction {
			return o
		}
	}
	assert.Failf(t, "no outcome", "%s, %s", failure, direction)
	return cloud.Outcome{}
}

func TestEachEndMovesTheTrafficThatItSends(t *testing.T) {
	w := cloud.Watch{
		Detection: cloud.Span{Min: 5 * time.Second, Max: 7 * time.Second},
		Recovery:  cloud.Span{Min: 10 * time.Second, Max: 12 * time.Second},
		Interval:  2 * time.Second, Probes: 8,
	}
	all := cloud.Behaviour(w)
	for _, failure := range []string{"circuit dead, ports stay up", "only site → cloud dead", "only cloud → site dead"} {
		gw, far := find(t, all, failure, cloud.ToCloud), find(t, all, failure, cloud.ToSite)
		assert.Equal(t, "gateway", gw.By, failure)
		assert.Equal(t, w.Detection, gw.After, failure)
		assert.Equal(t, "cloud", far.By, failure)
		assert.Equal(t, cloud.Span{Min: 14 * time.Second, Max: 16 * time.Second}, far.After, failure)
	}
	assert.False(t, find(t, all, "only cloud → site dead", cloud.ToCloud).Lost)
	assert.False(t, find(t, all, "only site → cloud dead", cloud.ToSite).Lost)
	assert.Empty(t, find(t, all, "cloud dead behind its border router", cloud.ToCloud).By)
	w.Behind = true
	assert.Equal(t, "gateway", find(t, cloud.Behaviour(w), "cloud dead behind its border router", cloud.ToCloud).By)
}

func TestWithoutWatchersNobodyNotices(t *testing.T) {
	all := cloud.Behaviour(cloud.Watch{Blind: true})
	for _, direction := range []string{cloud.ToCloud, cloud.ToSite} {
		o := find(t, all, "circuit dead, ports stay up", direction)
		assert.Empty(t, o.By, direction)
		assert.True(t, o.Lost, direction)
	}
	assert.Equal(t, "gateway", find(t, all, "gateway's port down", cloud.ToCloud).By)
}
