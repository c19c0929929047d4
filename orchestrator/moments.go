package orchestrator

import "math"

// moments are the number, the mean and the spread of samples, updated one by one (Welford's method).
type moments struct {
	n, mean, squares float64 // squares is the sum of squared distances from the mean
}

func (m *moments) add(x float64) {
	m.n++
	d := x - m.mean
	m.mean += d / m.n
	m.squares += d * (x - m.mean)
}

// merge adds the samples of other, as if they were at most so many.
func (m *moments) merge(other moments, most float64) {
	if other.n == 0 {
		return
	}
	weight := min(other.n, most)
	other.squares *= weight / other.n
	d, n := other.mean-m.mean, m.n+weight
	m.squares += other.squares + d*d*m.n*weight/n
	m.mean += d * weight / n
	m.n = n
}

// toward is the mean, drawn to a value that stands for so many samples.
func (m moments) toward(value, weight float64) float64 {
	return (m.n*m.mean + weight*value) / (m.n + weight)
}

// variance is the variance, drawn to a value that stands for so many samples.
func (m moments) variance(value, weight float64) float64 {
	return (m.squares + weight*value) / (m.n + weight)
}

// meanOfLogs is the mean of a log-normal quantity whose logarithm has this mean and variance.
func meanOfLogs(mean, variance float64) float64 { return math.Exp(mean + variance/2) }
