package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// printDifference writes "file:line: differs" for the first line that differs
// and the unified difference below it.
func printDifference(w io.Writer, name, old, text string) {
	a, b := strings.Split(old, "\n"), strings.Split(text, "\n")
	line := 0
	for line < len(a) && line < len(b) && a[line] == b[line] {
		line++
	}
	fmt.Fprintf(w, "%s:%d: differs from what is rendered now\n", name, line+1)
	fmt.Fprint(w, udiff.Unified(name, "rendered now", old, text))
}
