// Command twinpath renders, checks and verifies the gateways of a data centre
// that reaches its cloud network over two circuits or more.
package main

import (
	"os"

	"github.com/twinpath/twinpath/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], cli.System())) }
