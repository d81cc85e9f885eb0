package lab

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
)

// replies writes answers, one a line.
type replies struct {
	mu sync.Mutex
	to *json.Encoder
}

func (r *replies) send(p reply) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.to.Encode(p)
}

// Write takes what the lab notes.
func (r *replies) Write(p []byte) (int, error) {
	return len(p), r.send(reply{Log: string(p)})
}

// Serve builds a lab in its bubble and does what it is asked on standard input,
// one request a line, until that ends.
func Serve(ctx context.Context, o Options, std Stdio) error {
	answer := &replies{to: json.NewEncoder(std.Out)}
	sum, err := o.sum()
	if err != nil {
		return err
	}
	l, r, err := boot(ctx, JobServe, o, answer)
	if err != nil {
		return answer.send(reply{Done: true, Error: err.Error()})
	}
	defer l.watch.stop()
	s := &Status{Scenario: r.Scenario, UpSeconds: r.UpSeconds, ConfigureSeconds: r.ConfigureSeconds, Login: l.login(), Bare: o.Bare}
	if err := answer.send(reply{Done: true, Status: s}); err != nil {
		return err
	}
	in := bufio.NewScanner(std.In)
	for in.Scan() {
		var q Request
		p := reply{Done: true}
		if err := json.Unmarshal(in.Bytes(), &q); err != nil {
			p.Error = err.Error()
		} else if p.Report, err = l.answer(ctx, q, sum); err != nil {
			p.Error = err.Error()
		}
		if p.Report != nil {
			p.Report.UpSeconds, p.Report.ConfigureSeconds = r.UpSeconds, r.ConfigureSeconds
		}
		if err := answer.send(p); err != nil {
			return err
		}
	}
	return in.Err()
}

// answer does one drill.
func (l *Lab) answer(ctx context.Context, q Request, sum string) (*Report, error) {
	i := l.model.index(q.Circuit)
	switch {
	case q.Do != doDrill:
		return nil, fmt.Errorf("the lab does not know %q", q.Do)
	case q.Sum != sum:
		return nil, fmt.Errorf("the lab that is up was built from other files than these (its scenario is %s): run `twinpath lab down` and `twinpath lab up` with them", l.sc.Name.Val)
	case i < 0:
		var names []string
		for _, c := range l.model.circuits {
			names = append(names, c.name)
		}
		return nil, fmt.Errorf("scenario %s has no circuit %q (%s)", l.sc.Name.Val, q.Circuit, strings.Join(names, ", "))
	}
	ready, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if _, err := l.watch.settled(ready, settledFor); err != nil {
		return nil, fmt.Errorf("the lab's gateway does not use every circuit (%w): plan and push to it first, from inside the lab", err)
	}
	d, err := l.runDrill(ctx, i, q.Options)
	if err != nil {
		return nil, err
	}
	return &Report{Scenario: l.sc.Name.Val, Machine: machine(l.root), Untested: l.untested, Drill: d, OK: d.OK}, nil
}

// login is the command line that reaches the gateway from the data centre.
func (l *Lab) login() []string {
	return []string{
		"ssh", "-i", l.dir + "/id", "-p", strconv.Itoa(l.model.sshPort),
		"-o", "UserKnownHostsFile=" + l.known(), l.model.username + "@" + l.model.management.Addr().String(),
	}
}

// readReplies passes on what a lab says until it is done.
func readReplies(from *bufio.Reader, log io.Writer) (reply, error) {
	for {
		line, err := from.ReadBytes('\n')
		if err != nil {
			return reply{}, fmt.Errorf("the lab ended without an answer: %w", err)
		}
		var p reply
		if err := json.Unmarshal(line, &p); err != nil {
			return p, fmt.Errorf("read the lab's answer: %w", err)
		}
		switch {
		case p.Done:
			return p, nil
		case log != nil:
			fmt.Fprint(log, p.Log)
		}
	}
}
