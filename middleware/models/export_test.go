package models

// Remembered returns how many models are remembered.
func Remembered() int {
	met.mu.RLock()
	defer met.mu.RUnlock()
	return len(met.by)
}
