package wire

const (
	promptRun = 16 // characters of a prompt in a row that give it away
	keyRun    = 12 // of a key; providers show up to eight of a masked one
)

// Redact drops the message of e if it repeats the key, or 16 characters in a row of what r says. A
// provider's message may quote the request it refuses.
func (e *Error) Redact(r *Request, key string) {
	if e.Message == "" {
		return
	}
	if repeats(e.Message, key, min(keyRun, len([]rune(key)))) {
		e.Message = "(message dropped: it holds the key)"
		return
	}
	message := windows(e.Message, promptRun)
	for _, text := range r.texts() {
		if shares(message, text, promptRun) {
			e.Message = "(message dropped: it quotes the request)"
			return
		}
	}
}

// texts returns everything in r that came from its author.
func (r *Request) texts() []string {
	var all []string
	for _, m := range r.Messages {
		all = append(all, m.Name, m.Content)
		for _, c := range m.ToolCalls {
			all = append(all, c.Arguments)
		}
	}
	for _, t := range r.Tools {
		all = append(all, t.Description, string(t.Schema))
	}
	return append(append(all, r.Extra...), string(r.Schema))
}

func repeats(message, secret string, run int) bool {
	return run > 0 && shares(windows(message, run), secret, run)
}

// windows returns every run of n characters in s.
func windows(s string, n int) map[string]bool {
	set := make(map[string]bool)
	eachWindow(s, n, func(w string) bool { set[w] = true; return true })
	return set
}

// shares reports whether any run of n characters of text is in set. White space counts as one space, as in
// a message that was made one line.
func shares(set map[string]bool, text string, n int) (found bool) {
	if len(set) == 0 {
		return false
	}
	eachWindow(oneLine(text, 0), n, func(w string) bool { found = set[w]; return !found })
	return found
}

// eachWindow calls f with every run of n characters in s until it returns false.
func eachWindow(s string, n int, f func(string) bool) {
	starts := make([]int, 0, n) // of the last n characters
	for i := range s + " " {    // one more, for the window that ends with s
		if len(starts) == n {
			if !f(s[starts[0]:i]) {
				return
			}
			starts = append(starts[:0], starts[1:]...)
		}
		starts = append(starts, i)
	}
}
