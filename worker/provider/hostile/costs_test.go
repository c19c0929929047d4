package hostile

import (
	"fmt"
	"strings"
	"testing"
)

const usd = 1_000_000_000 // nano-USD

// Costs and fees of every shape and length. One that can be is believed; any other leaves the price to decide.
func TestCosts(t *testing.T) {
	listed := bill{in: 40, out: 7}
	costs := []struct {
		json string
		nano int64 // 0 is none
	}{
		{"0.5", usd / 2}, {"2", 2 * usd}, {`"0.25"`, usd / 4}, {"1e-3", usd / 1000}, {"0.0000000001", 1}, {"1e-300", 1}, {"1000000", 1_000_000 * usd},
		{"0", 0}, {"-1", 0}, {"-0.0", 0}, {"1000000.01", 0}, {"1e7", 0}, {"1e308", 0}, {"1e999", 0}, {"1e-999", 0}, {"null", 0}, {"true", 0}, {`""`, 0}, {`"free"`, 0},
		{"NaN", 0}, {"[1]", 0}, {"{}", 0}, {`{"total_cost":0.5}`, usd / 2}, {`{"total_cost":-1}`, 0},
		{"0." + strings.Repeat("3", 1_100_000), 0}, {strings.Repeat("9", 1_100_000), 0}, {"1e" + strings.Repeat("9", 1000), 0}, {"1" + strings.Repeat("0", 39), 0},
		{"0.1234567890123456789012345678901234567", 123_456_790}, {"1/3", 0}, {"0x10", 0}, {"1_0", 0}, {"+1", 0},
	}
	playAll(t, each(func(g *tongue, stream bool) (list []scenario) {
		if g == llama {
			return nil // says no costs
		}
		for _, c := range costs {
			b := listed
			b.cost = c.nano
			b.word = unbounded
			name := c.json[:min(len(c.json), 40)]
			usage := strings.TrimSuffix(g.usage(40, 7), "}") + `,"cost":` + c.json + "}"
			list = append(list, once("cost "+name, sends(g.answer(200, stream, said{text: words(5), usage: usage})), b))
			if c.nano > 0 { // stands for itself
				b.in, b.out = promptTokens, outputCap
				list = append(list, once("nothing but the cost "+name, sends(g.answer(200, stream, said{text: words(5), usage: `{"cost":` + c.json + `}`})), b))
			}
		}
		for _, n := range []struct {
			json string
			n    int64
		}{{"1", 1}, {"3", 3}, {"100000000", 100_000_000}, {"100000001", 0}, {"-1", 0}, {"9223372036854775807", 0}, {"1e300", 0}, {"null", 0}} {
			b := listed
			b.cost = 40*g.price[0] + 7*g.price[1] + n.n*usd/100
			b.word = unbounded
			if b.cost > 1_000_000*usd {
				b = bill{word: absurd}
			}
			usage := strings.TrimSuffix(g.usage(40, 7), "}") + fmt.Sprintf(`,"server_tool_use":{"web_search_requests":%s}}`, n.json)
			list = append(list, once("searches "+n.json, sends(g.answer(200, stream, said{text: words(5), usage: usage})), b))
		}
		return list
	}))
}

// A stream that states its cost as it goes on breaks off: it cost no less.
func TestRunningCosts(t *testing.T) {
	playAll(t, each(func(g *tongue, stream bool) []scenario {
		if !stream || g == llama {
			return nil
		}
		usage := strings.TrimSuffix(g.usage(40, 3), "}") + `,"cost":{"total_cost":0.006}}`
		events := g.events(said{text: words(5), open: true})
		told := strings.TrimSuffix(events[1], "}") + member(g.reports(), usage) + "}"
		return []scenario{once("0.006 and no end", sends(head(200, g.streams(), "\r\n")+strings.TrimSuffix(g.frame(events[0], told), "]")), bill{in: 40, out: outputCap, cost: 6_000_000, word: unbounded})}
	}))
}

// Service tiers that were asked for and answered, known, unknown and unnamed. What an answer names is charged; an
// unknown one as the dearest.
func TestTiers(t *testing.T) {
	factors := map[string]int64{"": 2, "default": 2, "standard": 2, "auto": 2, "flex": 1, "priority": 5, "fast": 12} // halves
	const dearest = 12
	playAll(t, each(func(g *tongue, stream bool) (list []scenario) {
		if g == llama {
			return nil // has no tiers
		}
		for _, asked := range []string{"", "flex", "priority"} {
			for _, named := range []string{"", "default", "flex", "priority", "fast", "turbo", strings.Repeat("x", 500), "a b", "\\u0000", "priority@us", "🚀"} {
				factor, known := factors[named]
				switch {
				case named == "" && asked != "":
					factor = factors[asked]
				case !known:
					factor = dearest
				}
				s := said{text: words(5), usage: g.usage(40, 7)}
				if named != "" {
					s.usage = strings.TrimSuffix(s.usage, "}") + fmt.Sprintf(`,"service_tier":"%s"}`, named)
				}
				b := bill{in: 40, out: 7, cost: (factor*(40*g.price[0]+7*g.price[1]) + 1) / 2, word: unbounded}
				sc := once(fmt.Sprintf("asked %q, named %.20q", asked, named), sends(g.answer(200, stream, s)), b)
				sc.ask.tier = asked
				list = append(list, sc)
			}
		}
		return list
	}))
}
