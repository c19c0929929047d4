package trace

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Shape is how the tasks of a file depend on one another.
type Shape string

// The shapes.
const (
	Independent Shape = "independent"
	Chains      Shape = "chains" // of six
	Fans        Shape = "fans"   // one, six that need it, one that needs these
	Trees       Shape = "trees"  // of fifteen, each with two below it
	Layers      Shape = "layers" // of twenty, each task with one to three of the layer before
	Mixed       Shape = "mixed"  // a fifth of each
)

// Shapes lists all shapes.
var Shapes = []Shape{Independent, Chains, Fans, Trees, Layers, Mixed}

// Group is tasks whose answers are alike in length.
type Group struct {
	Mean, Sigma float64 // of the logarithm of an answer's tokens
	input       float64 // the mean of the logarithm of the input's
	Cap         int64   // output cap in tokens
}

// Answer draws the length of an answer, in tokens, as its cap leaves it.
func (g Group) Answer(rng *rand.Rand) int64 { return min(g.Cap, logNormal(rng, g.Mean, g.Sigma)) }

// Median is the median length of an answer in tokens.
func (g Group) Median() int64 { return min(g.Cap, int64(math.Exp(g.Mean))) }

func logNormal(rng *rand.Rand, mean, sigma float64) int64 {
	return max(1, int64(math.Exp(mean+sigma*rng.NormFloat64())))
}

// Task is a task and what nobody knows before it has run: Output.
type Task struct {
	Group         int
	Priority      int
	Input, Output int64 // tokens
	Cap           int64 // of the output
	Needs         []int // tasks before it in the file
}

// Cost is what the task is charged, in tokens.
func (t Task) Cost() int64 { return t.Input + t.Output }

// Hold is what has to be there to begin it.
func (t Task) Hold() int64 { return t.Input + t.Cap }

// Worth is what it is worth done.
func (t Task) Worth() float64 { return math.Exp2(float64(t.Priority)) }

// Problem is a file of tasks.
type Problem struct {
	Tasks  []Task
	Groups []Group
}

// priorities, as often as tasks have them: a quarter low, a quarter high, a tenth critical.
var priorities = []int{-1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 3, 3}

// New makes a file of n tasks. The same seed makes the same file.
func New(seed uint64, shape Shape, loose bool, n int) Problem {
	rng := rand.New(rand.NewPCG(seed, uint64(slices.Index(Shapes, shape))))
	var p Problem
	for range 6 {
		g := Group{
			Mean: math.Log(50) + rng.Float64()*math.Log(12), Sigma: 0.25 + 0.3*rng.Float64(),
			input: math.Log(100) + rng.Float64()*math.Log(8), Cap: []int64{1024, 4096}[rng.IntN(2)],
		}
		if !loose {
			g.Cap = int64(math.Exp(g.Mean + 2.576*g.Sigma)) // 99.5 of 100 answers
		}
		p.Groups = append(p.Groups, g)
	}
	for i := range n {
		t := Task{Group: rng.IntN(len(p.Groups)), Priority: priorities[rng.IntN(len(priorities))]}
		g := p.Groups[t.Group]
		t.Input, t.Output, t.Cap = logNormal(rng, g.input, 0.4), g.Answer(rng), g.Cap
		t.Needs = needs(rng, shape, i, n)
		p.Tasks = append(p.Tasks, t)
	}
	return p
}

// needs is what the task at place i of n depends on.
func needs(rng *rand.Rand, shape Shape, i, n int) (list []int) {
	if shape == Mixed {
		shape = Shapes[i*5/n]
	}
	switch place := i % 8; shape {
	case Chains:
		if i%6 != 0 {
			list = append(list, i-1)
		}
	case Fans:
		if place > 0 && place < 7 {
			list = append(list, i-place)
		}
		for j := 1; place == 7 && j < 7; j++ {
			list = append(list, i-j)
		}
	case Trees:
		if at := i % 15; at > 0 {
			list = append(list, i-at+(at-1)/2)
		}
	case Layers:
		for range 1 + rng.IntN(3) {
			if before := i/20*20 - 20 + rng.IntN(20); before >= 0 && !slices.Contains(list, before) {
				list = append(list, before)
			}
		}
	}
	return slices.DeleteFunc(list, func(j int) bool { return j < 0 })
}

// Cost is what all tasks are charged, in tokens.
func (p Problem) Cost() (sum int64) {
	for _, t := range p.Tasks {
		sum += t.Cost()
	}
	return sum
}

// ID is the name of the task at a place.
func ID(place int) string { return fmt.Sprint("t", place) }
