package device

import (
	"context"
	"fmt"
)

// Configure enters configuration mode the way that the platform definition
// knows.
func (s *Session) Configure(ctx context.Context) error {
	if err := s.to(ctx, configuration); err != nil {
		return fmt.Errorf("enter configuration mode: %w", err)
	}
	return nil
}

// Leave goes back to where commands are typed.
func (s *Session) Leave(ctx context.Context) error {
	if err := s.to(ctx, s.driver.DefaultDesiredPriv); err != nil {
		return fmt.Errorf("leave configuration mode: %w", err)
	}
	return nil
}

// to goes to a mode, one step away at most.
func (s *Session) to(ctx context.Context, mode string) error {
	if s.lost {
		return ErrLost
	}
	if s.mode == mode {
		return nil
	}
	var line string
	now, next := s.driver.PrivilegeLevels[s.mode], s.driver.PrivilegeLevels[mode]
	switch {
	case next == nil || now == nil:
		return fmt.Errorf("the platform definition has no mode %q", mode)
	case next.PreviousPriv == s.mode:
		line = next.Escalate
	case now.PreviousPriv == mode:
		line = now.Deescalate
	default:
		return fmt.Errorf("there is no direct way from mode %s to %s", s.mode, mode)
	}
	reply, err := s.Act(ctx, line)
	if err != nil {
		return err
	}
	if s.mode != mode {
		return &RejectedError{Line: line, Reply: reply}
	}
	return nil
}
