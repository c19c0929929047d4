package budget

import "fmt"

// family is the name that a model's limit and account have: that of [Config].Family.
func (m *Manager) family(model string) string {
	if m.cfg.Family == nil || model == "" {
		return model
	}
	return m.cfg.Family(model)
}

// folded is the account that counts what key names: a model's is its family's.
func (m *Manager) folded(key Account) Account {
	if key.Scope.Kind == KindModel {
		key.Scope.Name = m.family(key.Scope.Name)
	}
	return key
}

// priceOf is the price of a model: its own, or else its family's; nil if it has none.
func (m *Manager) priceOf(model string) *Price { return m.cfg.Prices.Of(model, m.cfg.Family) }

// Of returns the price of a model: its own, or else its family's (nil makes every name its own); nil if it has none.
func (p Prices) Of(model string, family func(string) string) *Price {
	price, ok := p[model]
	if !ok && family != nil {
		price, ok = p[family(model)]
	}
	if !ok || model == "" {
		return nil
	}
	return &price
}

// foldLimits returns limits by the scopes that are counted. Two limits of one family are an error.
func (c *Config) foldLimits() (Limits, error) {
	limits := make(Limits, len(c.Limits))
	names := make(map[Scope]string)
	for s, l := range c.Limits {
		if err := l.validate(); err != nil {
			return nil, fmt.Errorf("budget: limit of %v: %w", s, err)
		}
		name := s.Name
		if s.Kind == KindModel && name != "" && c.Family != nil {
			s.Name = c.Family(name)
		}
		if other, twice := names[s]; twice {
			return nil, fmt.Errorf("budget: limits for the models %q and %q, which are one family, %q", min(name, other), max(name, other), s.Name)
		}
		names[s], limits[s] = name, l
	}
	return limits, nil
}
