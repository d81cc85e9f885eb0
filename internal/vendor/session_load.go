package vendor

import (
	"regexp"
	"time"

	"github.com/twinpath/twinpath/internal/diag"
	"github.com/twinpath/twinpath/internal/yamlpos"
)

func decodeSession(v yamlpos.Value) *SessionRules {
	s := &SessionRules{}
	v.Map("session",
		opt("prepare", func(v yamlpos.Value) { s.Prepare = decodeActs(v, "prepare") }),
		opt("identify", func(v yamlpos.Value) { s.Identify = decodeActs(v, "identify") }),
		must("running", func(v yamlpos.Value) { s.Running = text(v, "running") }),
		opt("complete", func(v yamlpos.Value) { s.Complete = pattern(v, "complete") }),
		must("errors", func(v yamlpos.Value) { s.Errors = patterns(v, "errors") }),
		opt("accept", func(v yamlpos.Value) { s.Accept = patterns(v, "accept") }),
		opt("asynchronous", func(v yamlpos.Value) { s.Asynchronous = patterns(v, "asynchronous") }),
		opt("questions", func(v yamlpos.Value) {
			v.Seq("questions", func(v yamlpos.Value) { s.Questions = append(s.Questions, decodeQuestion(v)) })
		}),
		opt("login", func(v yamlpos.Value) {
			s.Login = map[string]string{}
			v.Entries("login", func(k, v yamlpos.Value) { s.Login[text(k, "a mode")] = text(v, "login") })
		}),
		opt("clear", func(v yamlpos.Value) {
			key := v.Match("clear", controlKey, "the Control key and a letter, such as ^U")
			if controlKey.MatchString(key.Val) {
				s.Clear = key.Val[1] & 0x1f // What the Control key does to a letter.
			}
		}),
		opt("patience", func(v yamlpos.Value) {
			v.Seq("patience", func(v yamlpos.Value) {
				var p Patience
				v.Map("patience",
					must("line", func(v yamlpos.Value) { p.Line = pattern(v, "line") }),
					must("limit", func(v yamlpos.Value) {
						p.Limit = v.Duration("limit", time.Second, time.Hour, diag.CodeValue).Val
					}),
				)
				s.Patience = append(s.Patience, p)
			})
		}),
		opt("logout", func(v yamlpos.Value) { s.Logout = text(v, "logout") }),
		opt("note", func(v yamlpos.Value) { s.Note = text(v, "note") }),
		opt("change", func(v yamlpos.Value) { s.Change = decodeTransaction(v) }),
	)
	return s
}

// controlKey is a control character as it is written on paper.
var controlKey = regexp.MustCompile(`^\^[A-Z]$`)

func decodeQuestion(v yamlpos.Value) Question {
	q := Question{Line: regexp.MustCompile("^$")}
	v.Map("a question",
		opt("line", func(v yamlpos.Value) { q.Line = pattern(v, "line") }),
		must("ask", func(v yamlpos.Value) { q.Ask = pattern(v, "ask") }),
		must("answer", func(v yamlpos.Value) { q.Answer = text(v, "answer") }),
	)
	return q
}

func decodeTransaction(v yamlpos.Value) *Transaction {
	t := &Transaction{}
	acts := func(name string, into *[]Act) yamlpos.Key {
		return opt(name, func(v yamlpos.Value) { *into = decodeActs(v, name) })
	}
	v.Map("change",
		opt("timer", func(v yamlpos.Value) { t.Timer = decodeTimer(v) }),
		acts("ready", &t.Ready),
		must("enter", func(v yamlpos.Value) { t.Enter = decodeActs(v, "enter") }),
		opt("load", func(v yamlpos.Value) {
			t.Load = &Load{}
			v.Map("load",
				must("begin", func(v yamlpos.Value) { t.Load.Begin = text(v, "begin") }),
				must("ready", func(v yamlpos.Value) { t.Load.Ready = pattern(v, "ready") }),
				must("done", func(v yamlpos.Value) { t.Load.Done = pattern(v, "done") }),
			)
		}),
		acts("review", &t.Review),
		acts("commit", &t.Commit),
		must("leave", func(v yamlpos.Value) { t.Leave = decodeActs(v, "leave") }),
		acts("confirm", &t.Confirm),
		acts("discard", &t.Discard),
		acts("abort", &t.Abort),
		acts("save", &t.Save),
		must("source", func(v yamlpos.Value) { t.Sources = texts(v, "source") }),
	)
	if t.Timer != nil && len(t.Confirm) == 0 {
		v.Add(diag.CodeValue, "a timer needs confirm")
	}
	if t.Timer == nil && len(t.Confirm)+len(t.Abort) > 0 {
		v.Add(diag.CodeValue, "without a timer there is nothing to confirm or abort")
	}
	return t
}

func decodeTimer(v yamlpos.Value) *Timer {
	t := &Timer{}
	v.Map("timer",
		must("unit", func(v yamlpos.Value) {
			switch s := text(v, "unit"); s {
			case "minutes":
				t.Unit = time.Minute
			case "seconds":
				t.Unit = time.Second
			default:
				v.Add(diag.CodeValue, "unit is minutes or seconds, not %s", diag.Quote(s))
			}
		}),
		must("min", func(v yamlpos.Value) { t.Min = v.Int("min", 1, 1<<20, diag.CodeValue).Val }),
		must("max", func(v yamlpos.Value) { t.Max = v.Int("max", 1, 1<<20, diag.CodeValue).Val }),
		opt("at_enter", func(v yamlpos.Value) { t.AtEnter = v.Bool("at_enter").Val }),
		opt("bound", func(v yamlpos.Value) { t.Bound = v.Bool("bound").Val }),
		opt("held", func(v yamlpos.Value) { t.Held = v.Bool("held").Val }),
		opt("pending", func(v yamlpos.Value) { a := decodeAct(v); t.Pending = &a }),
		opt("reenter", func(v yamlpos.Value) { t.Reenter = decodeActs(v, "reenter") }),
	)
	return t
}

func decodeActs(v yamlpos.Value, what string) []Act {
	var out []Act
	v.Seq(what, func(v yamlpos.Value) { out = append(out, decodeAct(v)) })
	return out
}

func decodeAct(v yamlpos.Value) Act {
	var a Act
	v.Map("an act",
		must("type", func(v yamlpos.Value) { a.Type = text(v, "type") }),
		opt("expect", func(v yamlpos.Value) { a.Expect = patterns(v, "expect") }),
		opt("refuse", func(v yamlpos.Value) { a.Refuse = patterns(v, "refuse") }),
		opt("empty", func(v yamlpos.Value) { a.Empty = v.Bool("empty").Val }),
		opt("some", func(v yamlpos.Value) { a.Some = v.Bool("some").Val }),
		opt("mode", func(v yamlpos.Value) { a.Mode = text(v, "mode") }),
		opt("optional", func(v yamlpos.Value) { a.Optional = v.Bool("optional").Val }),
		opt("say", func(v yamlpos.Value) { a.Say = text(v, "say") }),
	)
	return a
}
