package orchestrator

// Policy says by what a run orders its tasks.
type Policy string

// The policies. A task comes after those that it depends on under each of them.
const (
	ByValue    Policy = "value"    // the most worth for what it is expected to take of the budget; the default
	ByPriority Policy = "priority" // the most urgent first, a task inheriting the urgency of what it unlocks
	ByPlace    Policy = "fifo"     // as they stand in the file
)
