package lab

import "time"

// packet is the fate of one probe packet and its answer, each the time since
// the prober's start at which it passed that place; 0 is never.
type packet struct{ sent, served, answered time.Duration }

// flow is every packet of one flow, by sequence number.
type flow []packet

// Loss is what one direction lost.
type Loss struct {
	// Sent and Lost count packets.
	Sent int `json:"sent"`
	Lost int `json:"lost"`
	// Window is from the first to the last lost packet. It is 0 when none or
	// one was lost.
	Window time.Duration `json:"-"`
	// First is when the first lost packet was sent, since the start.
	First time.Duration `json:"-"`
	// Seconds is Window for readers of JSON.
	Seconds float64 `json:"window_seconds"`
}

// add counts a packet that was sent at a time.
func (l *Loss) add(at time.Duration, lost bool, last *time.Duration) {
	l.Sent++
	if !lost {
		return
	}
	if l.Lost == 0 || at < l.First {
		l.First = at
	}
	l.Lost++
	*last = max(*last, at)
}

// losses returns what each direction lost of the packets that were sent within
// a span. An answer that never came is the return direction's loss only when
// the packet was served.
func losses(flows []flow, from, to time.Duration) (out, back Loss) {
	var lastOut, lastBack time.Duration
	for _, f := range flows {
		for _, p := range f {
			if p.sent == 0 || p.sent < from || p.sent >= to {
				continue
			}
			out.add(p.sent, p.served == 0, &lastOut)
			if p.served != 0 {
				back.add(p.served, p.answered == 0, &lastBack)
			}
		}
	}
	out.close(lastOut)
	back.close(lastBack)
	return out, back
}

func (l *Loss) close(last time.Duration) {
	if l.Lost > 0 {
		l.Window = last - l.First
	}
	l.Seconds = l.Window.Seconds()
}

// affected counts the flows that lost a packet in either direction within a
// span.
func affected(flows []flow, from, to time.Duration) int {
	n := 0
	for _, f := range flows {
		for _, p := range f {
			if p.sent >= from && p.sent < to && p.sent != 0 && p.answered == 0 {
				n++
				break
			}
		}
	}
	return n
}
