package flow

import (
	"bytes"
	"container/list"
	"time"

	"github.com/netsampler/goflow2/v2/decoders/netflow"
)

// The bounds of what is kept per exporter.
const (
	maxTemplates = 1024
	maxWaiting   = 1024
	// templateLife is how long a template holds that is not sent again. Over UDP
	// exporters repeat theirs (RFC 7011, 8.1), usual every few minutes; one that is
	// this old belongs to a device that has changed.
	templateLife = 2 * time.Hour
)

// templateKey names a template. NetFlow and IPFIX number apart.
type templateKey struct {
	protocol Protocol
	domain   uint32
	id       uint16
}

// templates keeps the layouts of one exporter. When it is full the one that was
// not used for longest makes room: a router that renumbers its templates must
// not be locked out by its old ones.
type templates struct {
	byKey map[templateKey]*list.Element
	// used holds *entry, the most recently used first.
	used *list.List
	// waiting counts the sets that were lost for want of a template.
	waiting map[templateKey]uint64
}

type entry struct {
	key    templateKey
	layout *layout
	// renewed is when it was last sent.
	renewed time.Time
}

func newTemplates() *templates {
	return &templates{byKey: map[templateKey]*list.Element{}, used: list.New(), waiting: map[templateKey]uint64{}}
}

func (t *templates) put(k templateKey, l *layout, now time.Time) {
	delete(t.waiting, k)
	if e := t.byKey[k]; e != nil {
		if en, ok := e.Value.(*entry); ok {
			l.counted = en.layout.counted
		}
		e.Value = &entry{k, l, now}
		t.used.MoveToFront(e)
		return
	}
	if len(t.byKey) >= maxTemplates {
		t.drop(t.used.Back())
	}
	t.byKey[k] = t.used.PushFront(&entry{k, l, now})
}

func (t *templates) drop(e *list.Element) {
	if en, ok := e.Value.(*entry); ok {
		delete(t.byKey, en.key)
	}
	t.used.Remove(e)
}

// get returns a layout, nil when there is none that still holds.
func (t *templates) get(k templateKey, now time.Time) *layout {
	e := t.byKey[k]
	if e == nil {
		return nil
	}
	en, ok := e.Value.(*entry)
	if !ok || now.Sub(en.renewed) > templateLife {
		t.drop(e)
		return nil
	}
	t.used.MoveToFront(e)
	return en.layout
}

// withdraw forgets a template, or all of a domain when id is the number of a
// template set (RFC 7011, 8.1).
func (t *templates) withdraw(k templateKey) {
	if k.id >= firstDataSet {
		if e := t.byKey[k]; e != nil {
			t.drop(e)
		}
		return
	}
	for key, e := range t.byKey {
		en, ok := e.Value.(*entry)
		if ok && key.protocol == k.protocol && key.domain == k.domain && en.layout.options == (k.id == ipfixOptionsSet) {
			t.drop(e)
		}
	}
}

// forget drops the templates of a domain, of a device that began anew.
func (t *templates) forget(p Protocol, domain uint32) {
	for key, e := range t.byKey {
		if key.protocol == p && key.domain == domain {
			t.drop(e)
		}
	}
}

// unknown counts a set without a template and reports whether there was room.
func (t *templates) unknown(k templateKey) bool {
	if _, ok := t.waiting[k]; !ok && len(t.waiting) >= maxWaiting {
		return false
	}
	t.waiting[k]++
	return true
}

// The numbers of sets.
const (
	v9TemplateSet    = 0
	v9OptionsSet     = 1
	ipfixTemplateSet = 2
	ipfixOptionsSet  = 3
	firstDataSet     = 256
)

// templateSet takes in the templates of one set.
func (d *decoder) templateSet(p Protocol, domain uint32, s set) {
	kind := dataTemplate
	switch s.id {
	case v9OptionsSet:
		kind = v9Options
	case ipfixOptionsSet:
		kind = ipfixOptions
	}
	for b := s.body; len(b) >= 4; {
		k := templateKey{p, domain, be.Uint16(b)}
		if k.id == 0 { // padding
			return
		}
		n, withdraw, err := templateBytes(b, kind, p == IPFIX)
		if err != nil {
			d.fail(Malformed, err)
			return
		}
		if withdraw {
			d.templates.withdraw(k)
		} else if k.id >= firstDataSet {
			d.template(k, kind, b[:n])
		}
		b = b[n:]
	}
}

// template decodes one template record and keeps its layout.
func (d *decoder) template(k templateKey, kind templateKind, b []byte) {
	scopes, fields, err := decodeTemplate(k.protocol, kind, b)
	var l *layout
	if err == nil {
		l, err = compile(scopes, fields, k.protocol == NetFlowV9)
	}
	if err != nil {
		// The old layout no longer fits what follows.
		d.templates.withdraw(k)
		d.fail(BadTemplate, err)
		return
	}
	l.options = kind != dataTemplate
	d.templates.put(k, l, d.received)
}

func decodeTemplate(p Protocol, kind templateKind, b []byte) (scopes, fields []netflow.Field, err error) {
	buf := bytes.NewBuffer(b)
	switch kind {
	case dataTemplate:
		version := uint16(9)
		if p == IPFIX {
			version = 10
		}
		t, err := netflow.DecodeTemplateSet(version, buf)
		if err != nil || len(t) == 0 {
			return nil, nil, cmpErr(err)
		}
		return nil, t[0].Fields, nil
	case v9Options:
		t, err := netflow.DecodeNFv9OptionsTemplateSet(buf)
		if err != nil || len(t) == 0 {
			return nil, nil, cmpErr(err)
		}
		return t[0].Scopes, t[0].Options, nil
	case ipfixOptions:
		t, err := netflow.DecodeIPFIXOptionsTemplateSet(buf)
		if err != nil || len(t) == 0 {
			return nil, nil, cmpErr(err)
		}
		return t[0].Scopes, t[0].Options, nil
	}
	return nil, nil, errEmptyRecord
}

// cmpErr returns err, or what an empty result means.
func cmpErr(err error) error {
	if err == nil {
		return errEmptyRecord
	}
	return err
}
