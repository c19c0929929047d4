package view

import (
	"fmt"
	"maps"
	"slices"

	"github.com/orchestrate-go/orchestrate/budget/books"
	"github.com/orchestrate-go/orchestrate/orchestrator/project"
)

// Verification is what was found in the books.
type Verification struct {
	Schema int    `json:"schema_version"`
	Ledger string `json:"ledger"`
	OK     bool   `json:"ok"`
	books.Verification
}

// NewVerification is what was found in the books of p.
func NewVerification(p *project.Project, v books.Verification) Verification {
	return Verification{SchemaVersion, p.LedgerPath(), v.OK(), v}
}

// Text is what was found, for people: the first that is wrong is named.
func (v Verification) Text() string {
	text := fmt.Sprintf("%s entries, %s, %s, %s: ",
		Number(v.Entries), Plural(v.Accounts, "account"), Plural(v.Open, "open hold"), Plural(v.Runs, "run"))
	if v.OK {
		return text + "ok\n"
	}
	text += fmt.Sprintf("%s wrong\n%v\n", Number(v.Wrong), v.Problems[0])
	if v.Wrong > 1 {
		text += fmt.Sprintf("and %s more (--json lists the first %d)\n", Number(v.Wrong-1), len(v.Problems))
	}
	return text
}

// ExportedText says what was exported, and what is to be known of it.
func ExportedText(n books.Exported) string {
	text := fmt.Sprintf("exported %s and %s entries\n", Plural(int(n.Runs), "run"), Number(n.Entries))
	if n.Open > 0 {
		text += fmt.Sprintf("warning: %s open in it, and ledger import takes no such file: export again when the run has ended;\n"+
			"if it died, begin another run or a new period (orchestrate budget reset) first, which settles what it left\n", openHolds(n.Open))
	}
	return text
}

func openHolds(n int64) string {
	if n == 1 {
		return "1 hold is"
	}
	return Number(n) + " holds are"
}

// Imported is what an import entered and what it left out.
type Imported struct {
	Schema int `json:"schema_version"`
	books.Imported
}

// NewImported is what an import came to.
func NewImported(n books.Imported) Imported { return Imported{SchemaVersion, n} }

// Text is what an import came to, for people.
func (n Imported) Text() string {
	text := fmt.Sprintf("imported %s and %s entries%s; %s and %s entries were here already\n",
		Plural(n.Runs, "run"), Number(int64(n.Entries)), n.into(), Plural(n.RunsThere, "run"), Number(int64(n.EntriesThere)))
	if n.Resets > 0 {
		text += fmt.Sprintf("left out: %s, which imported periods do not need\n", Plural(n.Resets, "reset"))
	}
	if n.Corrections > 0 {
		text += fmt.Sprintf("left out: %s entries that correct attempts of this ledger's own, or otherwise than it has\n"+
			"(where they are right, state it here: orchestrate budget adjust)\n", Number(int64(n.Corrections)))
	}
	return text
}

// into says which periods were made of it.
func (n Imported) into() string {
	if n.Entries == 0 {
		return ""
	}
	switch here := slices.Sorted(maps.Values(n.Periods)); len(here) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf(" into period %d", here[0])
	default:
		return fmt.Sprintf(" into periods %d to %d", here[len(here)-1], here[0])
	}
}
