package kafka

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"
)

// groupOptions let the group decide what is read here. Offsets are committed
// only when a partition moves to another member and at the end: should this
// process die, its partitions are read anew by another, and nothing that it
// counted is missing or counted twice.
func (r *Reader) groupOptions() []kgo.Opt {
	return []kgo.Opt{
		kgo.ConsumerGroup(r.src.Group), kgo.ConsumeTopics(r.src.Topic), kgo.DisableAutoCommit(), kgo.BlockRebalanceOnPoll(),
		kgo.AdjustFetchOffsetsFn(r.assigned),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, got map[string][]int32) {
			if len(got) == 0 { // there are more members than partitions
				r.join()
			}
		}),
		kgo.OnPartitionsRevoked(func(ctx context.Context, cl *kgo.Client, gone map[string][]int32) {
			if err := cl.CommitUncommittedOffsets(ctx); err != nil {
				r.expelled()
			}
			r.forget(gone)
		}),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, gone map[string][]int32) {
			if len(gone) > 0 {
				r.expelled()
			}
			r.forget(gone)
		}),
	}
}

func (r *Reader) expelled() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = true
}

// join notes that the group has said what is read here.
func (r *Reader) join() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.joined = true
}

func (r *Reader) forget(gone map[string][]int32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range gone[r.src.Topic] {
		delete(r.next, p)
	}
}

// assigned says where partitions are read from: from where the member before
// stopped, but not from before the window, which an earlier verification with
// the same group may have left behind.
func (r *Reader) assigned(ctx context.Context, committed map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
	first, err := r.adm.ListOffsetsAfterMilli(ctx, r.src.Since.UnixMilli(), r.src.Topic)
	if err != nil {
		return nil, err
	}
	r.join()
	r.mu.Lock()
	defer r.mu.Unlock()
	for p, o := range committed[r.src.Topic] {
		at := o.EpochOffset().Offset
		if l, ok := first.Lookup(r.src.Topic, p); ok && l.Err == nil {
			at = max(at, l.Offset)
		}
		committed[r.src.Topic][p] = kgo.NewOffset().At(at).WithEpoch(-1)
		r.next[p] = at
		r.read[p] = true
	}
	return committed, nil
}
