package budget

// State is what a ledger knows of the present.
type State struct {
	Period Period // the zero period if there has been none
	Totals map[Account]Counters
	Open   []Entry // the reserve entries of open holds, oldest first
}

// Manager returns a manager that goes on from s and takes nothing over: holds that are open stay open, no period begins,
// and what stands above the limits of cfg is shown as debt without being booked. [Config].Run says whose totals s has;
// ReturnHolds and NewPeriod have no meaning.
//
// Without a ledger in cfg it is a copy, and nothing that is done with it comes into the books: for whoever reads them and
// owns nothing, and for plans. With the ledger that s was loaded from it is that of an owner who corrects
// ([Manager.Adjust]) and does not spend; whoever spends calls [Open].
func (s State) Manager(cfg Config) (*Manager, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	m := newManager(cfg)
	m.load(s)
	m.showLowered()
	return m, nil
}
