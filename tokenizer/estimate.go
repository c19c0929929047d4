package tokenizer

// ratio says how an estimate and its margin follow from o200k_base's exact count, per thousand tokens.
type ratio struct {
	tokensPermille int64
	marginPermille int64
}

// estimateCounter counts a vocabulary that is not at hand by what o200k_base makes of the text.
func estimateCounter(f Family, encoding string, r ratio) *Counter {
	return &Counter{family: f, encoding: encoding, count: func(text string) Count {
		base := o200kBase().count(text)
		return Count{
			Tokens: permille(base, r.tokensPermille),
			Margin: permille(base, r.marginPermille),
			Kind:   Estimate,
		}
	}}
}
