package changetest_test

import (
	"flag"
	"testing"
)

// TestMain runs more tests at once than there are processors: they wait for
// prompts, and for the lack of them, most of the time.
func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "48") // Without it they only take longer.
	m.Run()
}
