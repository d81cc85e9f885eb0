package show_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/twinpath/twinpath/internal/show"
	"github.com/twinpath/twinpath/internal/vendor"
)

const whole = `version: 1
title: state of a door
fields: {door: number, state: [open, shut]}
keep: [door]
states:
  start:
    - {line: 'Door (?P<door>\d+)', next: named}
  named:
    - {line: 'It is open', set: {state: open}, record: true, next: done}
  done: []
end: [done]
source: [made]
sources:
  made: {title: "made for a test", confidence: unconfirmed}
`

func load(t *testing.T, data string) (show.Parsers, error) {
	t.Helper()
	r, err := vendor.NewRegistry(fstest.MapFS{"x/show/door.yaml": {Data: []byte(data)}})
	require.NoError(t, err)
	return show.Load(r, "x")
}

func TestShowData(t *testing.T) {
	ps, err := load(t, whole)
	require.NoError(t, err)
	records, err := ps["door"].Parse("Door 7\nIt is open\n")
	require.NoError(t, err)
	assert.Equal(t, []map[string]string{{"door": "7", "state": "open"}}, records)
	_, err = ps["door"].Parse("Door 7\n")
	require.ErrorContains(t, err, "it ends before a whole reply does")
}

func TestBrokenShowDataNamesItsPlace(t *testing.T) {
	for name, tc := range map[string]struct{ old, replacement, want string }{
		"a group":      {`(?P<door>`, `(?P<gate>`, `a line of start names "gate", which is no field`},
		"a state":      {"next: named", "next: nmaed", `goes on with "nmaed", which is no state`},
		"the end":      {"end: [done]", "end: [over]", `end names "over", which is no state`},
		"a word":       {"set: {state: open}", "set: {state: ajar}", `"ajar" is none of open, shut`},
		"a field":      {"keep: [door]", "keep: [gate]", `names "gate", which is no field`},
		"a pattern":    {`'It is open'`, `'It is (open'`, "no regular expression"},
		"a source":     {"source: [made]", "source: [heard]", `source "heard" is not explained`},
		"a type":       {"door: number", "door: wood", "wood"},
		"a key":        {"title: state", "titel: state", `lacks the key "title"`},
		"a confidence": {"confidence: unconfirmed", "confidence: sure", "sure"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, whole, tc.old)
			_, err := load(t, strings.Replace(whole, tc.old, tc.replacement, 1))
			require.ErrorContains(t, err, tc.want)
			assert.ErrorContains(t, err, "vendors/x/show/door.yaml:")
		})
	}
}

func TestEndlessReplyIsUnknown(t *testing.T) {
	ps, err := load(t, strings.Replace(whole, "  done: []", "  done: [{line: more}]", 1))
	require.NoError(t, err)
	_, err = ps["door"].Parse("Door 7\nIt is open\n" + strings.Repeat("more\n", 30_000))
	require.ErrorContains(t, err, "no such reply is this long")
}
