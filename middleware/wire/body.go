package wire

// Body is a foreign client's own body: the authority on everything that the budget need not change. It is never changed
// once it was read, so that copies of a request share it.
type Body struct {
	// Format is what the body is written in, and the only one that encodes it. Nil was read for counting alone.
	Format Format

	Bytes  []byte
	Stream bool // the client asked for a stream
	Usage  bool // the client asked for usage in the stream

	// Unasked leaves out the request for usage in the stream that Encode adds for a client which has none: the
	// server refuses it.
	Unasked bool

	// Unseen names what the request is charged for and nobody here can see (history that the provider
	// keeps, a document, a recording). Empty if all is seen. Its count has no bound. What a model brings by itself is
	// not in it.
	Unseen string

	// Images are those in the body, for counting: their bytes stay in it.
	Images []Image

	// Addresses are where those images are which the body names by their address, without scheme and host: they are
	// signed often, and no error may repeat them.
	Addresses []string

	// Extra are the texts which stand under keys that the format does not have. They count as an estimate, since nobody
	// knows whether the model gets them.
	Extra []string

	// Hidden is the most tokens of what only the provider can read, such as signatures of thoughts, or renders in
	// a way that it does not document: a margin.
	Hidden int64
}

// Image is a picture, as far as counting needs it.
type Image struct {
	Width, Height int    // in pixels; 0 if the size is unknown, as behind an address
	Detail        string // "low", "high", ... as the request asks for it; empty if it does not
}
