package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/twinpath/twinpath/internal/flow"
	"github.com/twinpath/twinpath/internal/kafka"
	"github.com/twinpath/twinpath/internal/split"
)

// topicSlack is how much later a record comes through a topic than from the
// exporter: goflow2's command flushes every five seconds unless told otherwise
// (-transport.kafka.flushfreq).
const topicSlack = 10 * time.Second

// topic reads a Kafka topic for the window and reports how it goes.
func (v *verification) topic(ctx context.Context, src kafka.Source, o verifyOptions) (*split.Result, error) {
	v.slack = topicSlack
	window := v.windowOf(o)
	if now := time.Now(); src.Since.IsZero() {
		src.Since = now
	} else if end := src.Since.Add(window); end.Before(now) {
		src.Until = end
	}
	r, err := kafka.Open(ctx, src, v.config(src.Since))
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // everything was read
	v.say("reading %s%s for %s, until %s; flow export is taken from %s", &src, asMember(src.Group),
		window, clock(src.Since.Add(window)), addresses(v.from))
	result, err := v.watch(ctx, r, src.Since, window, o)
	if err == nil {
		v.aboutTopic(r, src, r.Stats())
	}
	return result, err
}

func asMember(group string) string {
	if group == "" {
		return ""
	}
	return " as a member of group " + group
}

// aboutTopic says what a topic leaves open and what should be known of it.
func (v *verification) aboutTopic(r *kafka.Reader, src kafka.Source, st flow.Stats) {
	v.say("note: what was lost between the gateways and the topic cannot be seen from here; ask the collector that fills it")
	if lag := r.Lag(); lag > topicSlack {
		v.say("note: messages were up to %s old when they were read; the window should be longer by that", lag.Round(time.Second))
	}
	if st.Unread > 0 {
		v.say("warning: %d messages of the window were not read in time; share the topic with more members (group=) or make the window shorter", st.Unread)
	}
	if st.Undecoded > 0 {
		v.say("warning: %d messages were neither goflow2's protobuf nor its JSON", st.Undecoded)
	}
	if src.Group == "" {
		return
	}
	ps := r.Partitions()
	words := make([]string, len(ps))
	for i, p := range ps {
		words[i] = fmt.Sprint(p)
	}
	v.say("note: this member read the partitions %s; the result holds for these only, until its counts (--counts) are merged with those of the other members (--merge)",
		strings.Join(words, ", "))
}

// windowOf returns how long is listened: as long as was asked for, or else as
// long as a verdict needs.
func (v *verification) windowOf(o verifyOptions) time.Duration {
	window := o.window
	if window == 0 {
		window = defaultWindow
	}
	least, why := shortest(v.scenario)
	if least += v.slack; window < least {
		if o.window > 0 {
			v.say("note: --for %s is too short: %s; listening for %s", o.window, why, least)
		}
		window = least
	}
	return window
}

// source is where samples come from while a window lasts.
type source interface {
	Run(ctx context.Context) error
	Stats() flow.Stats
}

// inputs returns how many sources were named.
func (o *verifyOptions) inputs() int {
	n := 0
	for _, named := range []bool{o.listen != "", o.pcap != "", o.kafka != "", len(o.merge) > 0} {
		if named {
			n++
		}
	}
	return n
}

// run reads the source that was named and judges it.
func (v *verification) run(ctx context.Context, o verifyOptions) (*split.Result, error) {
	var r *split.Result
	var err error
	var from, group string
	switch {
	case len(o.merge) > 0:
		r, err = v.merge(o.merge)
		from = "the counts of " + strings.Join(o.merge, ", ")
	case o.kafka != "":
		var src kafka.Source
		if src, err = kafka.Parse(o.kafka); err != nil {
			return nil, usageError("--kafka: %v", err)
		}
		from, group = src.String(), src.Group
		r, err = v.topic(ctx, src, o)
	case o.pcap != "":
		r, err = v.capture(ctx, o)
		from = o.pcap
	default:
		r, err = v.live(ctx, o)
		from = "export to " + o.listen
	}
	if err != nil || o.counts == "" {
		return r, err
	}
	return r, v.writeCounts(o.counts, from, group)
}
