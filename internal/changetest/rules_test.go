package changetest_test

import (
	"github.com/twinpath/twinpath/internal/change"
	"github.com/twinpath/twinpath/internal/changetest"
)

// The rules say what must come of a fault. They are written from what the
// documents promise and from what the systems are said to do, not from the code:
// a gateway ends in the state before the step or in the one after it, a step
// that was not confirmed is taken back, one that was confirmed and is in force
// stands, and what nobody can see is not claimed.

// trait is what the rules must know of a system.
type trait struct {
	// timer: it takes a change back by itself.
	timer bool
	// live: lines take effect as they are typed. locks: nobody else can change
	// it meanwhile, until the step has left.
	live, locks bool
	// persists: what is committed survives a restart, without a save.
	persists bool
	// lenient: the first line on a connection may be refused.
	lenient bool
	// pages: it has a pager.
	pages bool
	// babbles: a log line in the middle of its configuration cannot be told from
	// a statement.
	babbles bool
}

var traits = map[string]trait{
	"frr":           {live: true, lenient: true},
	"cisco-iosxe":   {live: true, timer: true, pages: true},
	"huawei-vrp5":   {live: true, pages: true},
	"huawei-vrp8":   {timer: true, locks: true, pages: true},
	"juniper-junos": {timer: true, locks: true, persists: true, pages: true, babbles: true},
	"juniper-srx":   {timer: true, locks: true, persists: true, pages: true, babbles: true},
}

// want is what must hold after a push.
type want struct {
	// endings are those of which the push must have one, with so many steps in
	// force.
	endings  []change.Ending
	standing int
	// foreign is what must have become of the other administrator's line:
	// "stays" or "gone"; empty: either.
	foreign string
	// dies: the push has no end. resumed is what a resume must come to then, or
	// after an unknown state; rollback says that all is taken back after it.
	dies     bool
	resumed  *want
	rollback bool
}

// The places of a push, from the outside.
type place int

const (
	preflight place = iota // nothing was typed in configuration mode
	between                // the same, and a step stands
	applying               // lines are typed, and the step is not complete
	complete               // all lines are in force, and not confirmed
	asking                 // the confirmation is typed
	after                  // the step is confirmed, and not saved
	saving
)

// placeOf says where a point is.
func placeOf(p changetest.Point) place {
	switch p.At {
	case "connect", "greet", "ready", "read", "need":
		if p.Step > 1 {
			return between
		}
		return preflight
	case "enter", "entered", "first line", "last line", "review", "reviewed", "commit":
		return applying
	case "confirm":
		return asking
	case "confirmed", "part", "parted", "still":
		return after
	case "save":
		return saving
	}
	return complete
}

// The endings that the rules speak of, for a fault in a step.
func takenBack(p changetest.Point) want {
	return want{endings: []change.Ending{change.RolledBack}, standing: p.Step - 1}
}

func done() want { return want{endings: []change.Ending{change.Done}, standing: 2} }

// notBegun is a step that never began: nothing was changed, or the step before
// it stands.
func notBegun(p changetest.Point, first change.Ending) want {
	if p.Step > 1 {
		return want{endings: []change.Ending{change.Stopped}, standing: p.Step - 1}
	}
	return want{endings: []change.Ending{first}}
}

// noNext is a step that stands, and after which none may begin.
func noNext(p changetest.Point) want {
	if p.Step == 2 {
		return done()
	}
	return want{endings: []change.Ending{change.Stopped}, standing: p.Step}
}

// rule says what must come of a fault at a point.
func rule(s trait, fault string, p changetest.Point) want {
	at := placeOf(p)
	switch fault {
	case "refused", "refused after the prompt":
		return refusal(s, p, at)
	case "hangs", "connection lost before it took effect", "unexpected question":
		return loss(p, at, false)
	case "connection lost after it took effect":
		return loss(p, at, true)
	case "pager":
		if !s.pages {
			return done()
		}
		return loss(p, at, true)
	case "gateway restarts":
		return restart(s, p, at)
	case "second administrator":
		return edit(s, p, at)
	case "second circuit goes down", "check never comes true", "window closes", "Ctrl-C":
		return halt(s, fault, p, at)
	case "other host key", "login refused from here on":
		return locked(fault, p)
	case "log lines in the output":
		w := done()
		if s.babbles {
			w = want{endings: []change.Ending{change.Refused}}
		}
		return w
	case "disk full from here on":
		return takenBack(p) // It is confirmed, and cannot be saved; or cannot be committed.
	case "Ctrl-C twice, then resume":
		return left(s, p, at)
	case "killed, then resume", "killed after the reply, resume much later", "killed, then rollback":
		w := want{dies: true, rollback: fault == "killed, then rollback"}
		end := resumption(s, p, at, fault == "killed after the reply, resume much later")
		w.resumed = &end
		return w
	}
	return done()
}

// refusal: the gateway does not do what was typed. Before the first line it is
// not ready for the push; in a step the step is taken back. While a check is
// waited for it is asked again; what is only tidied up after the confirmation is
// no reason to take a step back; and saving is tried twice.
func refusal(s trait, p changetest.Point, at place) want {
	switch {
	case (p.At == "greet" || p.At == "regreet") && s.lenient:
		return done()
	case p.At == "connect":
		return notBegun(p, change.NotBegun)
	case p.At == "read":
		// A reply that is no configuration is no refusal on every system.
		return want{endings: []change.Ending{change.NotBegun, change.Refused}}
	case at == preflight || at == between, p.At == "enter", p.At == "entered":
		return notBegun(p, change.Refused)
	case p.At == "check", p.At == "confirmed", p.At == "part", p.At == "parted", at == saving:
		return done()
	}
	return takenBack(p) // In "still", what stands is not what was seen: its way back is typed.
}

// loss: the connection is of no more use. A step that is not confirmed is taken
// back, by the system or over a new connection; a confirmed one is looked at
// again over a new one.
func loss(p changetest.Point, at place, effective bool) want {
	switch {
	case at == preflight || at == between:
		return notBegun(p, change.NotBegun)
	case at >= after, at == asking && effective:
		return done()
	}
	return takenBack(p)
}

// restart: the gateway comes back with its startup configuration, which a
// confirmed step is part of where a commit writes it, or once it is saved.
func restart(s trait, p changetest.Point, at place) want {
	switch {
	case at == preflight || at == between:
		return notBegun(p, change.NotBegun)
	case at == saving, s.persists && at >= asking:
		return done()
	}
	return takenBack(p)
}

// edit: somebody else types a line. Before the push that is drift. In a step it
// is seen when the running configuration is read next, unless the system keeps
// others out; and what the other has typed is left alone.
func edit(s trait, p changetest.Point, at place) want {
	back := takenBack(p)
	back.foreign = "stays"
	out := p.At == "enter" || p.At == "still" || p.At == "save" // The lock is not taken yet, or given back.
	switch {
	case at == preflight && p.At != "need":
		w := notBegun(p, change.Refused)
		w.foreign = "stays"
		return w
	case at == preflight, at == between:
		return back // It was read before; the step's own reading notices.
	case s.locks && !out:
		w := done()
		w.foreign = "gone" // It was never typed.
		return w
	case at == saving || !s.timer && p.At == "check":
		// Nobody reads it any more in this step. The next one does.
		if p.Step == 2 {
			w := done()
			w.foreign = "stays"
			return w
		}
		return want{endings: []change.Ending{change.RolledBack}, standing: p.Step, foreign: "stays"}
	case s.timer && s.live && at <= complete && p.At != "enter" && p.At != "check" && p.At != "look":
		back.foreign = "gone" // The whole configuration goes back to what it was when the step was entered.
	}
	return back
}

// halt: the operator, the clock or the other circuit wants an end. What is under
// way and not confirmed is taken back, what is confirmed stands, and nothing
// else begins.
func halt(s trait, fault string, p changetest.Point, at place) want {
	begun := at == between && fault != "second circuit goes down"
	switch {
	case at == preflight && fault == "Ctrl-C":
		return notBegun(p, change.NotBegun)
	case begun:
		return want{endings: []change.Ending{change.RolledBack, change.Stopped}, standing: 1}
	case at == preflight || at == between:
		return notBegun(p, change.Refused)
	case at == asking && fault == "window closes" && !s.persists:
		// A window is longer than a timer: that has ended too. Where the
		// confirmation is a commit, it puts the step in force anew.
		return takenBack(p)
	case fault == "second circuit goes down" && (at >= asking || p.At == "look"):
		return done() // What the next step makes anew need not be up.
	case at >= asking, p.At == "look" && fault != "window closes":
		return noNext(p)
	}
	return takenBack(p)
}

// locked: nobody gets in any more. What can be undone is undone, and it cannot be
// seen; afterwards a resume sees it.
func locked(fault string, p changetest.Point) want {
	if p.At == "connect" {
		if fault == "other host key" {
			return notBegun(p, change.Refused)
		}
		return notBegun(p, change.NotBegun)
	}
	end := takenBack(p)
	return want{endings: []change.Ending{change.Unknown}, standing: p.Step - 1, resumed: &end}
}

// left: the operator leaves at once. Nothing is known then; a resume says.
func left(s trait, p changetest.Point, at place) want {
	if at == preflight || at == between {
		return notBegun(p, change.NotBegun)
	}
	end := resumption(s, p, at, false)
	return want{endings: []change.Ending{change.Unknown}, standing: p.Step - 1, resumed: &end}
}

// resumption is what a resume must come to, after a push that ended before what
// happens at a point, or right after it.
func resumption(s trait, p changetest.Point, at place, effective bool) want {
	lines := s.live && !s.timer && (at == complete || p.At == "last line" && effective)
	switch {
	case at == preflight:
		return want{endings: []change.Ending{change.NotBegun}}
	case at == between, lines:
		return done() // All of it is there and nothing takes it back: it is checked, and stands.
	case at > asking, at == asking && effective:
		return done()
	}
	return takenBack(p)
}

// exits are the exit codes of the endings, as the documents promise them.
var exits = map[change.Ending]int{
	change.Done: 0, change.NotBegun: 1, change.Refused: 5, change.RolledBack: 6, change.Stopped: 6, change.Unknown: 7,
}
