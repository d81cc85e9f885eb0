package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/twinpath/twinpath/internal/vendor"
)

// operations are the rows of the matrix that follow from how a system is
// changed, below those of what is rendered for it.
var operations = []vendor.Feature{
	{Name: "push", Title: "push of a plan over SSH"},
	{Name: "confirm-timer", Title: "the gateway takes an unconfirmed change back by itself"},
	{Name: "drill-shutdown", Title: "drill of a circuit whose port goes down"},
	{Name: "drill-silent", Title: "drill of a circuit that dies silently"},
}

// playedOnly is the note of what no real gateway has carried out.
const playedOnly = "judged by played gateways that are written from the vendor's documents, never on a device"

// operation says whether a system can be changed in a way.
func operation(p *vendor.Profile, name string) matrixCell {
	m := p.Manage
	if m == nil || m.Session == nil || m.Session.Change == nil {
		return matrixCell{Support: string(vendor.No), Note: "how the system is changed is not described yet", Sources: []string{}}
	}
	tx := m.Session.Change
	sources := func(ids []string) []string {
		out := []string{}
		for _, id := range ids {
			out = append(out, p.Sources[id].Title)
		}
		return out
	}
	cell := matrixCell{Support: string(vendor.Yes), Note: m.Session.Tried, Sources: sources(tx.Sources)}
	if cell.Note == "" {
		cell.Support, cell.Note = string(vendor.Unverified), playedOnly
	}
	switch name {
	case "confirm-timer":
		if tx.Timer == nil {
			return matrixCell{Support: string(vendor.No), Note: m.Session.Note, Instead: "push wants --accept-no-confirm-timer and types the way back itself", Sources: cell.Sources}
		}
		cell.Note = fmt.Sprintf("%s to %s; %s", time.Duration(tx.Timer.Min)*tx.Timer.Unit, time.Duration(tx.Timer.Max)*tx.Timer.Unit, cell.Note)
	case "drill-shutdown", "drill-silent":
		f, ok := m.Failure(strings.TrimPrefix(name, "drill-"))
		if !ok || f.Unsupported != "" {
			return matrixCell{Support: string(vendor.No), Note: f.Unsupported, Sources: sources(f.Sources)}
		}
		cell.Support, cell.Note, cell.Sources = string(vendor.Unverified), playedOnly, sources(f.Sources)
		if name == "drill-silent" && f.BFD != "" {
			cell.Note += "; not of a circuit that BFD watches: " + f.BFD
		}
	}
	return cell
}
