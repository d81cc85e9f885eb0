package lab

import (
	"os"
	"path/filepath"
)

// files reads what the lab is built from and writes its own copies.
func (l *Lab) files(o Options) error {
	s, inv, err := o.read()
	if err != nil {
		return err
	}
	if l.model, err = newModel(s, inv); err != nil {
		return err
	}
	l.sc = s
	for _, c := range l.model.circuits {
		l.sources = append(l.sources, c.source)
	}
	text, err := os.ReadFile(o.Scenario)
	if err != nil {
		return err
	}
	l.scenarioFile = filepath.Join(l.dir, "scenario.yaml")
	l.untrackedFile = filepath.Join(l.dir, "untracked.yaml")
	l.inventoryFile = filepath.Join(l.dir, "inventory.yaml")
	own := labScenario(string(text), l.model, netflowExport)
	for _, e := range exports {
		data := labScenario(string(text), l.model, e)
		if err := os.WriteFile(l.exportFile(e), []byte(data), 0o644); err != nil {
			return err
		}
	}
	if text, err = os.ReadFile(o.Inventory); err != nil {
		return err
	}
	for path, data := range map[string]string{
		l.scenarioFile:  own,
		l.untrackedFile: untracked(own),
		l.inventoryFile: labInventory(string(text), filepath.Join(l.dir, "id"), l.model),
	} {
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// exportFile is the scenario with one of the exports.
func (l *Lab) exportFile(e export) string { return filepath.Join(l.dir, e.protocol+".yaml") }
