package budget

import (
	"cmp"
	"fmt"
	"strings"
)

// Tier says how a provider serves an attempt, as far as that changes the price. Its words are the
// providers' own, in lower case: service tiers ("standard", "flex", "priority", "batch", "fast") and
// regions ("global", "us"). An empty word was not said: in a call it leaves the choice to the account's
// own setting, in an outcome the answer did not tell.
type Tier struct{ Service, Region string }

// String is "service", "service@region" or "@region"; "" for the zero tier. It is what the books keep.
func (t Tier) String() string {
	if t.Region == "" {
		return t.Service
	}
	return t.Service + "@" + t.Region
}

// normal returns t as books keep it: what follows the first @ of a service is the region's.
func (t Tier) normal() Tier {
	if t.Service == "" { // nearly always, and inlined
		return t
	}
	return t.cut()
}

func (t Tier) cut() Tier {
	if !strings.Contains(t.Service, "@") {
		return t
	}
	return parseTier(t.String())
}

// said reports whether t has a word.
func (t Tier) said() bool { return t.Service != "" || t.Region != "" }

// parseTier reads what [Tier.String] writes.
func parseTier(text string) Tier {
	service, region, _ := strings.Cut(text, "@")
	return Tier{Service: service, Region: region}
}

// MarshalText makes a tier a JSON string.
func (t Tier) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads a tier from a JSON string.
func (t *Tier) UnmarshalText(text []byte) error {
	*t = parseTier(string(text))
	return nil
}

// Or returns t with the words of other in place of those that t leaves out.
func (t Tier) Or(other Tier) Tier {
	return Tier{cmp.Or(t.Service, other.Service), cmp.Or(t.Region, other.Region)}
}

// listed reports whether both words stand for the price as it is listed, or were not said.
func (t Tier) listed() bool {
	return (t.Service == "" || t.Service == StandardService) && (t.Region == "" || t.Region == GlobalRegion)
}

// Ratio is a factor of a price: Num/Den, each from 0 (Den: 1) to [MaxRatio].
type Ratio struct{ Num, Den int64 }

// one is the factor that changes nothing.
var one = Ratio{1, 1}

// Less reports whether r is smaller than s.
func (r Ratio) Less(s Ratio) bool { return r.Num*s.Den < s.Num*r.Den }

// Times returns r * s. Its parts may pass MaxRatio.
func (r Ratio) Times(s Ratio) Ratio { return Ratio{r.Num * s.Num, r.Den * s.Den} }

// String is "num/den", or "num" where den is 1.
func (r Ratio) String() string {
	if r.Den == 1 {
		return fmt.Sprint(r.Num)
	}
	return fmt.Sprintf("%d/%d", r.Num, r.Den)
}

// validate reports a ratio that no price may have.
func (r Ratio) validate() error {
	if r.Num < 0 || r.Num > MaxRatio || r.Den < 1 || r.Den > MaxRatio {
		return fmt.Errorf("budget: a factor of %d/%d (each part at most %d, the second at least 1)", r.Num, r.Den, MaxRatio)
	}
	return nil
}
