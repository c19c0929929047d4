package project

import "sync"

// valve lets the calls of a proxy's clients begin, or not, and says why. It is safe for concurrent use.
type valve struct {
	mu   sync.Mutex
	shut bool
	why  string
}

// set shuts or opens the valve, and reports whether that changes anything.
func (v *valve) set(shut bool, why string) (changed bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	changed = v.shut != shut
	if changed || shut {
		v.shut, v.why = shut, why
	}
	return changed
}

// state is whether it is shut, and why.
func (v *valve) state() (shut bool, why string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.shut, v.why
}
