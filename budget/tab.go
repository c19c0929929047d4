package budget

type resolution struct{}
