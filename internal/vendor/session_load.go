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
		yamlpos.Optional("prepare", func(v yamlpos.Value) { s.Prepare = decodeActs(v, "prepare") }),
		yamlpos.Optional("identify", func(v yamlpos.Value) { s.Identify = decodeActs(v, "identify") }),
		yamlpos.Required("running", func(v yamlpos.Value) { s.Running = text(v, "running") }),
		yamlpos.Optional("complete", func(v yamlpos.Value) { s.Complete = pattern(v, "complete") }),
		yamlpos.Required("errors", func(v yamlpos.Value) { s.Errors = patterns(v, "errors") }),
		yamlpos.Optional("accept", func(v yamlpos.Value) { s.Accept = patterns(v, "accept") }),
		yamlpos.Optional("asynchronous", func(v yamlpos.Value) { s.Asynchronous = patterns(v, "asynchronous") }),
		yamlpos.Optional("questions", func(v yamlpos.Value) {
			v.Seq("questions", func(v yamlpos.Value) { s.Questions = append(s.Questions, decodeQuestion(v)) })
		}),
		yamlpos.Optional("login", func(v yamlpos.Value) {
			s.Login = map[string]string{}
			v.Entries("login", func(k, v yamlpos.Value) { s.Login[text(k, "a mode")] = text(v, "login") })
		}),
		yamlpos.Optional("clear", func(v yamlpos.Value) {
			key := v.Match("clear", controlKey, "the Control key and a letter, such as ^U")
			if controlKey.MatchString(key.Val) {
				s.Clear = key.Val[1] & 0x1f // What the Control key does to a letter.
			}
		}),
		yamlpos.Optional("patience", func(v yamlpos.Value) {
			v.Seq("patience", func(v yamlpos.Value) {
				var p Patience
				v.Map("patience",
					yamlpos.Required("line", func(v yamlpos.Value) { p.Line = pattern(v, "line") }),
					yamlpos.Required("limit", func(v yamlpos.Value) {
						p.Limit = v.Duration("limit", time.Second, time.Hour, diag.CodeValue).Val
					}),
				)
				s.Patience = append(s.Patience, p)
			})
		}),
		yamlpos.Optional("logout", func(v yamlpos.Value) { s.Logout = text(v, "logout") }),
		yamlpos.Optional("note", func(v yamlpos.Value) { s.Note = text(v, "note") }),
		yamlpos.Optional("tried", func(v yamlpos.Value) { s.Tried = text(v, "tried") }),
		yamlpos.Optional("change", func(v yamlpos.Value) { s.Change = decodeTransaction(v) }),
	)
	return s
}

// controlKey is a control character as it is written on paper.
var controlKey = regexp.MustCompile(`^\^[A-Z]$`)

func decodeQuestion(v yamlpos.Value) Question {
	q := Question{Line: regexp.MustCompile("^$")}
	v.Map("a question",
		yamlpos.Optional("line", func(v yamlpos.Value) { q.Line = pattern(v, "line") }),
		yamlpos.Required("ask", func(v yamlpos.Value) { q.Ask = pattern(v, "ask") }),
		yamlpos.Required("answer", func(v yamlpos.Value) { q.Answer = text(v, "answer") }),
	)
	return q
}

func decodeTransaction(v yamlpos.Value) *Transaction {
	t := &Transaction{}
	acts := func(name string, into *[]Act) yamlpos.Key {
		return yamlpos.Optional(name, func(v yamlpos.Value) { *into = decodeActs(v, name) })
	}
	v.Map("change",
		yamlpos.Optional("timer", func(v yamlpos.Value) { t.Timer = decodeTimer(v) }),
		acts("ready", &t.Ready),
		yamlpos.Required("enter", func(v yamlpos.Value) { t.Enter = decodeActs(v, "enter") }),
		yamlpos.Optional("load", func(v yamlpos.Value) {
			t.Load = &Load{}
			v.Map("load",
				yamlpos.Required("begin", func(v yamlpos.Value) { t.Load.Begin = text(v, "begin") }),
				yamlpos.Required("ready", func(v yamlpos.Value) { t.Load.Ready = pattern(v, "ready") }),
				yamlpos.Required("done", func(v yamlpos.Value) { t.Load.Done = pattern(v, "done") }),
			)
		}),
		acts("review", &t.Review),
		acts("commit", &t.Commit),
		yamlpos.Required("leave", func(v yamlpos.Value) { t.Leave = decodeActs(v, "leave") }),
		acts("confirm", &t.Confirm),
		acts("discard", &t.Discard),
		acts("abort", &t.Abort),
		acts("save", &t.Save),
		yamlpos.Required("source", func(v yamlpos.Value) { t.Sources = texts(v, "source") }),
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
		yamlpos.Required("unit", func(v yamlpos.Value) {
			switch s := text(v, "unit"); s {
			case "minutes":
				t.Unit = time.Minute
			case "seconds":
				t.Unit = time.Second
			default:
				v.Add(diag.CodeValue, "unit is minutes or seconds, not %s", diag.Quote(s))
			}
		}),
		yamlpos.Required("min", func(v yamlpos.Value) { t.Min = v.Int("min", 1, 1<<20, diag.CodeValue).Val }),
		yamlpos.Required("max", func(v yamlpos.Value) { t.Max = v.Int("max", 1, 1<<20, diag.CodeValue).Val }),
		yamlpos.Optional("at_enter", func(v yamlpos.Value) { t.AtEnter = v.Bool("at_enter").Val }),
		yamlpos.Optional("bound", func(v yamlpos.Value) { t.Bound = v.Bool("bound").Val }),
		yamlpos.Optional("held", func(v yamlpos.Value) { t.Held = v.Bool("held").Val }),
		yamlpos.Optional("pending", func(v yamlpos.Value) { a := decodeAct(v); t.Pending = &a }),
		yamlpos.Optional("reenter", func(v yamlpos.Value) { t.Reenter = decodeActs(v, "reenter") }),
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
		yamlpos.Required("type", func(v yamlpos.Value) { a.Type = text(v, "type") }),
		yamlpos.Optional("expect", func(v yamlpos.Value) { a.Expect = patterns(v, "expect") }),
		yamlpos.Optional("refuse", func(v yamlpos.Value) { a.Refuse = patterns(v, "refuse") }),
		yamlpos.Optional("empty", func(v yamlpos.Value) { a.Empty = v.Bool("empty").Val }),
		yamlpos.Optional("some", func(v yamlpos.Value) { a.Some = v.Bool("some").Val }),
		yamlpos.Optional("mode", func(v yamlpos.Value) { a.Mode = text(v, "mode") }),
		yamlpos.Optional("optional", func(v yamlpos.Value) { a.Optional = v.Bool("optional").Val }),
		yamlpos.Optional("say", func(v yamlpos.Value) { a.Say = text(v, "say") }),
	)
	return a
}
