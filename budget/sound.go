package budget

import "fmt"

// Sound returns nil if the scope keeps the promise, in tokens and in money:
//
//	0 <= held, 0 <= debt, settled + held <= limit + debt
//
// and if none of its sums is beyond what is counted, which is [ErrUncountable]. It is so after every change of a
// manager's books, whatever the mode; a status that is not sound tells of a mistake in the program, or of books that
// were tampered with.
func (s Status) Sound() error {
	debt := s.Debt.Total()
	switch {
	case !s.Countable():
		return fmt.Errorf("%v: %w: settled %v, held %v, debt %v", s.Scope, ErrUncountable, s.Settled, s.Held, debt)
	case s.Held != s.Held.Max(Amount{}):
		return fmt.Errorf("%v holds %v", s.Scope, s.Held)
	case debt != debt.Max(Amount{}):
		return fmt.Errorf("%v owes %v", s.Scope, debt)
	case s.Limit.Tokens != nil && s.Settled.Tokens+s.Held.Tokens-*s.Limit.Tokens > debt.Tokens:
		return fmt.Errorf("%v: settled %d + held %d tokens > limit %d + debt %d",
			s.Scope, s.Settled.Tokens, s.Held.Tokens, *s.Limit.Tokens, debt.Tokens)
	case s.Limit.Cost != nil && s.Settled.Cost+s.Held.Cost-*s.Limit.Cost > debt.Cost:
		return fmt.Errorf("%v: settled %v + held %v > limit %v + debt %v",
			s.Scope, s.Settled.Cost, s.Held.Cost, *s.Limit.Cost, debt.Cost)
	}
	return nil
}
