package wire

// Finish says why an answer ended.
type Finish string

// The reasons for an answer to end. Others are passed on in the provider's own word.
const (
	FinishStop   Finish = "stop"
	FinishLength Finish = "length" // the output cap was reached: the text is cut
	FinishTools  Finish = "tool_calls"
	FinishFilter Finish = "content_filter"

	// finishError is the reason of servers that failed in the middle of an answer: no answer, whatever there is of it.
	FinishError Finish = "error"
)
