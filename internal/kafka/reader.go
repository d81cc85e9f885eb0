package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/twinpath/twinpath/internal/flow"
)

const (
	// connectTime is how long the brokers may take to answer the first request.
	connectTime = 15 * time.Second
	// drainTime is how long is read on after the end, up to what the topic held
	// then.
	drainTime = 15 * time.Second
	// pastTime is the same for a window that is past, all of which is read then.
	pastTime = 10 * time.Minute
	// pollRecords bounds the records that are handled between two looks at the
	// group.
	pollRecords = 8192
	// maxWait is how long a broker waits for more records before it answers.
	maxWait = time.Second
)

// Reader reads one topic.
type Reader struct {
	src Source
	cfg flow.Config
	cl  *kgo.Client
	adm *kadm.Client

	mu        sync.Mutex
	exporters map[netip.Addr]*exporter
	allowed   map[netip.Addr]bool
	// next is the offset of every partition that is read here.
	next map[int32]int64
	st   flow.Stats
	lag  time.Duration
	// lost is true when the group took partitions away without asking.
	lost bool
	// joined is true once it is known which partitions are read here.
	joined bool
	// read are the partitions that were ever read here.
	read map[int32]bool
}

// exporter is what is known of one gateway.
type exporter struct {
	sink  flow.Sink
	stats flow.ExporterStats
}

// Open connects to the brokers and finds where reading begins. The samples of
// cfg.Exporters go to their sinks, all called by the goroutine of Run.
func Open(ctx context.Context, src Source, cfg flow.Config) (*Reader, error) {
	if src.Since.IsZero() {
		src.Since = time.Now()
	}
	r := &Reader{
		src: src, cfg: cfg, exporters: map[netip.Addr]*exporter{}, allowed: map[netip.Addr]bool{},
		next: map[int32]int64{}, read: map[int32]bool{},
	}
	for _, a := range cfg.Exporters {
		r.allowed[a.Unmap()] = true
	}
	opts, err := connection(&src)
	if err != nil {
		return nil, err
	}
	if r.joined = src.Group == ""; !r.joined {
		opts = append(opts, r.groupOptions()...)
	}
	if r.cl, err = kgo.NewClient(opts...); err != nil {
		return nil, fmt.Errorf("read %s: %w", &src, err)
	}
	r.adm = kadm.NewClient(r.cl)
	if err := r.start(ctx); err != nil {
		r.cl.Close()
		return nil, err
	}
	return r, nil
}

// start holds the topic against what the brokers know, and without a group
// begins to read all of its partitions.
func (r *Reader) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	topics, err := r.adm.ListTopics(ctx)
	if err != nil {
		return fmt.Errorf("read %s: no broker answered as it should: %w; check the addresses, that this machine may connect to them, and whether they want TLS (kafkas://) or a user (sasl=)", &r.src, cause(err))
	}
	t, known := topics[r.src.Topic]
	if !known || errors.Is(t.Err, kerr.UnknownTopicOrPartition) {
		return fmt.Errorf("the brokers have no topic %s; they show %s", r.src.Topic, names(topics))
	}
	if t.Err != nil {
		return fmt.Errorf("read %s: %w", &r.src, t.Err)
	}
	if r.src.Group != "" {
		return nil
	}
	first, err := r.adm.ListOffsetsAfterMilli(ctx, r.src.Since.UnixMilli(), r.src.Topic)
	if err == nil {
		err = first.Error()
	}
	if err != nil {
		return fmt.Errorf("find the beginning of %s: %w", &r.src, cause(err))
	}
	from := map[int32]kgo.Offset{}
	first.Each(func(o kadm.ListedOffset) {
		from[o.Partition] = kgo.NewOffset().At(o.Offset)
		r.next[o.Partition] = o.Offset
		r.read[o.Partition] = true
	})
	r.cl.AddConsumePartitions(map[string]map[int32]kgo.Offset{r.src.Topic: from})
	return nil
}

// cause leaves the client's own wording out where a time-out hides what went
// wrong.
func cause(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("nothing came within %s", connectTime)
	}
	return err
}

// names lists some topics for the person who mistyped one.
func names(topics kadm.TopicDetails) string {
	const most = 8
	var out []string
	for _, n := range slices.Sorted(maps.Keys(topics)) {
		if !topics[n].IsInternal {
			out = append(out, n)
		}
	}
	switch {
	case len(out) == 0:
		return "none to this user"
	case len(out) > most:
		return fmt.Sprintf("%s and %d more", strings.Join(out[:most], ", "), len(out)-most)
	}
	return strings.Join(out, ", ")
}

// errExpelled says that a sum would be wrong.
var errExpelled = errors.New("the consumer group took partitions away from this verification, so that another member may have counted the same messages: its counts are void; run it again, with fewer other loads or more members")

// Run reads until ctx ends, and then what the topic held at that moment. It is
// called once.
func (r *Reader) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := r.poll(ctx); err != nil {
			return err
		}
	}
	limit := drainTime
	if !r.src.Until.IsZero() {
		limit = pastTime
	}
	rest, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	if err := r.drain(rest); err != nil {
		return err
	}
	return r.leave(rest)
}

// leave tells the group where the next one goes on.
func (r *Reader) leave(ctx context.Context) error {
	if r.src.Group != "" {
		if err := r.cl.CommitUncommittedOffsets(ctx); err != nil {
			return fmt.Errorf("leave group %s: %w", r.src.Group, err)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lost {
		return errExpelled
	}
	if st := &r.st; st.Undecoded > 0 && st.Records() == 0 && st.Refused == 0 {
		return fmt.Errorf("none of the %d messages of %s could be read: they are neither goflow2's protobuf (-format bin) nor its JSON (-format json)", st.Undecoded, &r.src)
	}
	return nil
}

// drain reads up to the end that the topic has now. What is then missing is
// counted.
func (r *Reader) drain(ctx context.Context) error {
	ends, err := r.adm.ListEndOffsets(ctx, r.src.Topic)
	if !r.src.Until.IsZero() {
		ends, err = r.adm.ListOffsetsAfterMilli(ctx, r.src.Until.UnixMilli(), r.src.Topic)
	}
	if err != nil {
		return fmt.Errorf("find the end of %s: %w", &r.src, cause(err))
	}
	for r.behind(ends) && ctx.Err() == nil {
		// Another member may have taken over what is missing, so that nothing comes.
		look, cancel := context.WithTimeout(ctx, maxWait/4)
		err := r.poll(look)
		cancel()
		if err != nil {
			return err
		}
	}
	return nil
}

// behind counts what is missing up to the given ends, and reports whether
// something is or it is not yet known which partitions are read here.
func (r *Reader) behind(ends kadm.ListedOffsets) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	var missing int64
	for p, at := range r.next {
		if e, ok := ends.Lookup(r.src.Topic, p); ok && e.Err == nil {
			missing += max(e.Offset-at, 0)
		}
	}
	r.st.Unread = uint64(missing)
	return missing > 0 || !r.joined
}

// poll takes in what has come. A broker that is away is asked again by the
// client; what it cannot mend is returned.
func (r *Reader) poll(ctx context.Context) error {
	fs := r.cl.PollRecords(ctx, pollRecords)
	defer r.cl.AllowRebalance()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range fs.Errors() {
		if !ended(e.Err) {
			return fmt.Errorf("read partition %d of %s: %w", e.Partition, &r.src, e.Err)
		}
	}
	var m message
	var s flow.Sample
	now := time.Now()
	fs.EachRecord(func(rec *kgo.Record) {
		if _, mine := r.next[rec.Partition]; mine || r.src.Group == "" {
			r.next[rec.Partition] = rec.Offset + 1
		}
		if err := decode(rec.Value, &m, func(m *message) { r.message(m, &s, now) }); err != nil {
			r.st.Undecoded++
		}
	})
	return nil
}

// ended reports whether an error says only that the time was over.
func ended(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// message takes in one message.
func (r *Reader) message(m *message, s *flow.Sample, now time.Time) {
	if !r.allowed[m.sampler] {
		r.st.Refused++
		r.st.RefusedFrom = m.sampler
		return
	}
	e := r.exporters[m.sampler]
	if e == nil {
		e = &exporter{sink: r.cfg.Sink(m.sampler), stats: flow.ExporterStats{Exporter: m.sampler}}
		r.exporters[m.sampler] = e
	}
	traffic := m.sample(s)
	if s.Received.IsZero() {
		s.Received = now
	}
	st := &e.stats
	st.Datagrams++
	st.Records++
	if st.First.IsZero() || s.Received.Before(st.First) {
		st.First = s.Received
	}
	if s.Received.After(st.Last) {
		st.Last = s.Received
	}
	r.lag = max(r.lag, now.Sub(s.Received))
	// A flow that ended after it was received is one of a clock that is ahead. The
	// other way round it cannot be told from a cache that was late.
	if early := s.Received.Sub(s.End); !s.End.IsZero() && early < min(st.Skew, 0) {
		st.Skew, st.SkewKnown = early, true
	}
	if traffic {
		e.sink(s)
	}
}

// Stats returns what was seen so far. A datagram is here a message.
func (r *Reader) Stats() flow.Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	st := r.st
	st.KernelDropsKnown = true // no socket of ours loses what a broker keeps
	for _, e := range r.exporters {
		st.Add(e.stats)
	}
	st.Sort()
	return st
}

// Since returns the beginning of the window.
func (r *Reader) Since() time.Time { return r.src.Since }

// Lag returns how late the latest message was read after goflow2 had received
// its datagram.
func (r *Reader) Lag() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lag
}

// Partitions returns the partitions that were read here, in their order.
func (r *Reader) Partitions() []int32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.read))
}

// Close leaves the group and closes the connections. It is called after the
// last Stats.
func (r *Reader) Close() error {
	r.cl.CloseAllowingRebalance()
	return nil
}
