package vendor

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/twinpath/twinpath/internal/diag"
)

// Registry finds profiles in a file system such as vendors.FS. It is safe for
// concurrent use only after the profiles that are used have been loaded.
type Registry struct {
	fsys  fs.FS
	ids   []string
	cache map[string]*Profile
}

// NewRegistry lists the systems; profiles are read when they are asked for.
func NewRegistry(fsys fs.FS) (*Registry, error) {
	files, err := fs.Glob(fsys, "*/profile.yaml")
	if err != nil {
		return nil, fmt.Errorf("list profiles: %w", err)
	}
	r := &Registry{fsys: fsys, cache: map[string]*Profile{}}
	for _, f := range files {
		r.ids = append(r.ids, strings.TrimSuffix(f, "/profile.yaml"))
	}
	return r, nil
}

// IDs returns the ids of all systems, sorted.
func (r *Registry) IDs() []string { return slices.Clone(r.ids) }

// Profile returns the profile of an id. An id that is not there is (nil, nil);
// a profile that is broken is an error that names file and line.
func (r *Registry) Profile(id string) (*Profile, error) {
	if p := r.cache[id]; p != nil {
		return p, nil
	}
	if !slices.Contains(r.ids, id) {
		return nil, nil
	}
	p, err := r.read(id)
	if err != nil {
		return nil, err
	}
	r.cache[id] = p
	return p, nil
}

// Load reads the profiles of several ids at once. What is wrong with one of
// them is said when Profile is asked for it.
func (r *Registry) Load(ids []string) {
	read := make([]*Profile, len(ids))
	var wg sync.WaitGroup
	for i, id := range ids {
		if r.cache[id] == nil && slices.Contains(r.ids, id) {
			wg.Go(func() { read[i], _ = r.read(id) })
		}
	}
	wg.Wait()
	for i, p := range read {
		if p != nil {
			r.cache[ids[i]] = p
		}
	}
}

func (r *Registry) read(id string) (*Profile, error) {
	name := id + "/profile.yaml"
	data, err := fs.ReadFile(r.fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read profile: %w", err)
	}
	var list diag.List
	p := Decode("vendors/"+name, data, &list)
	if list.HasErrors() {
		d := list.Sorted()[0]
		return nil, fmt.Errorf("profile %s: %s: %s [%s]", id, d.Pos, d.Text, d.Code)
	}
	if p.ID != id {
		return nil, fmt.Errorf("profile vendors/%s: id is %q, the folder says %q", name, p.ID, id)
	}
	return p, nil
}

// Profiles returns all profiles, sorted by id.
func (r *Registry) Profiles() ([]*Profile, error) {
	var out []*Profile
	for _, id := range r.ids {
		p, err := r.Profile(id)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}
