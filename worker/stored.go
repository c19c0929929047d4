package worker

// Stored is a prompt that is kept elsewhere than in memory: in its task file, say. Prompt may be called from many goroutines
// at once. It fails where what it finds is no longer the prompt that was checked.
type Stored interface {
	Prompt() (string, error)
}

// Loaded returns the task with its prompt, from where that is kept.
func (t Task) Loaded() (Task, error) {
	if t.Stored == nil {
		return t, nil
	}
	var err error
	t.Prompt, err = t.Stored.Prompt()
	t.Stored = nil
	return t, err
}
