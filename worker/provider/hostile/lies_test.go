package hostile

import (
	"fmt"
	"strings"
	"testing"
)

// A lie is a number of tokens in a usage, as JSON, and what it can be: -1 where that is nothing.
type lie struct {
	json string
	n    int64
}

const most = 1 << 40 // tokens that an attempt can use

// numbers are those that a usage says. What is no number at all says nothing.
var numbers = []lie{
	{"7", 7}, {"7.0", 7}, {`"7"`, 7}, {"7e0", 7}, {"6.2", 7}, {"700e-2", 7},
	{"1000000", 1_000_000}, {fmt.Sprint(most), most},
	{"0", -1}, {"-0", -1}, {"0.0", -1}, {"-1", -1}, {"-7.5", -1}, {"-9223372036854775808", -1},
	{fmt.Sprint(most + 1), -1}, {"9007199254740992", -1}, {"4611686018427387904", -1}, {"9223372036854775807", -1},
	{"9223372036854775808", -1}, {"18446744073709551616", -1}, {"18446744073709551623", -1}, {"1e308", -1}, {"1e999", -1}, {"-1e999", -1}, {"1e-999", -1},
	{strings.Repeat("9", 5000), -1}, {"0." + strings.Repeat("0", 5000) + "1", -1}, {strings.Repeat("0", 5000) + "7", -1},
	{"null", -1}, {"true", -1}, {"[]", -1}, {"[7]", -1}, {"{}", -1}, {`""`, -1}, {`"seven"`, -1}, {`"NaN"`, -1}, {`"Infinity"`, -1},
	{"NaN", -1}, {"-Infinity", -1}, {"0x7", -1}, {"7_000", -1},
}

// Every number, on each side of a usage: what can be is charged at least, what cannot be is charged as unknown.
func TestLies(t *testing.T) {
	playAll(t, each(func(g *tongue, stream bool) (list []scenario) {
		say := func(name string, in, out lie) {
			b := bill{in: in.n, out: out.n, word: unbounded}
			sum := max(in.n, 0) + max(out.n, 0)
			switch {
			case in.n > 0 && out.n > 0 && sum <= most:
			case sum > most || in.n < 0 && out.n < 0:
				b = bill{word: absurd}
			case in.n < 0: // its share of the hold, of which the prompt is a part
				b.in = promptTokens
			default:
				b.out = outputCap
			}
			s := said{text: words(5), usage: g.usage(in.json, out.json)}
			list = append(list, once(name, sends(g.answer(200, stream, s)), b))
		}
		for _, n := range numbers {
			name := n.json
			if len(name) > 30 {
				name = fmt.Sprintf("%s... of %d digits", name[:5], len(name))
			}
			say("input "+name, n, lie{"7", 7})
			say("output "+name, lie{"40", 40}, n)
			say("both "+name, n, n)
		}
		return list
	}))
}

// Figures that contradict each other, are cut in parts, told twice or in odd places. What is charged is what the
// provider that talks so means by them, or more.
func TestContradictions(t *testing.T) {
	type row struct {
		name, usage string
		bill        bill
	}
	huge := strings.Repeat(`{"type":"compaction","input_tokens":1099511627776,"output_tokens":1099511627776},`, 4000)
	rows := map[*tongue][]row{
		openAI: {
			{"total alone", `{"total_tokens":47}`, bill{in: 40, out: outputCap, word: absurd}},
			{"a prompt without its completion", `{"prompt_tokens":40}`, bill{in: 40, out: outputCap}},
			{"a completion without its prompt", `{"completion_tokens":700}`, bill{in: promptTokens, out: 700}},
			{"a total above the parts", `{"prompt_tokens":40,"completion_tokens":7,"total_tokens":5000}`, bill{in: 40, out: 4960, word: unbounded}},
			{"a total below the parts", `{"prompt_tokens":40,"completion_tokens":7,"total_tokens":9}`, bill{in: 40, out: 7}},
			{"more of the cache than of the prompt", `{"prompt_tokens":40,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":900}}`, bill{in: 40, out: 7, word: unbounded}},
			{"less than nothing of the cache", `{"prompt_tokens":40,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":-900}}`, bill{in: 40, out: 7}},
			{"a cache that wraps", `{"prompt_tokens":40,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":9223372036854775807}}`, bill{in: 40, out: 7}},
			{"audio that wraps", `{"prompt_tokens":40,"completion_tokens":7,"prompt_tokens_details":{"audio_tokens":9223372036854775807},"completion_tokens_details":{"audio_tokens":9223372036854775807}}`, bill{in: 40, out: 7}},
			{"more reasoning than completion", `{"prompt_tokens":40,"completion_tokens":7,"completion_tokens_details":{"reasoning_tokens":900}}`, bill{in: 40, out: 907, word: unbounded}},
			{"reasoning that wraps", `{"prompt_tokens":40,"completion_tokens":7,"completion_tokens_details":{"reasoning_tokens":9223372036854775807}}`, bill{in: 40, out: 7}},
			{"keys twice", `{"prompt_tokens":40,"completion_tokens":7,"prompt_tokens":1,"completion_tokens":700}`, bill{in: 40, out: 700, word: unbounded}},
			{"keys that fold", `{"Prompt_Tokens":1,"prompt_tokens":40,"COMPLETION_TOKENS":1,"completion_tokens":7}`, bill{in: 40, out: 7, word: plain}},
			{"no object", `47`, bill{in: promptTokens, out: outputCap}},
			{"a list", `[{"prompt_tokens":1,"completion_tokens":1}]`, bill{in: promptTokens, out: outputCap}},
			{"another's names", `{"input_tokens":40,"output_tokens":7}`, bill{in: 40, out: 7, word: plain}},
			{"both names", `{"input_tokens":1,"output_tokens":1,"prompt_tokens":40,"completion_tokens":7}`, bill{in: 40, out: 7}},
		},
		claude: {
			{"an input without its output", `{"input_tokens":40}`, bill{in: 40, out: outputCap}},
			{"an output without its input", `{"output_tokens":700}`, bill{in: promptTokens, out: 700}},
			{"the cache beside no input", `{"input_tokens":0,"cache_read_input_tokens":900,"output_tokens":7}`, bill{in: 900, out: 7, word: plain}},
			{"the cache beside the input", `{"input_tokens":40,"cache_read_input_tokens":900,"cache_creation_input_tokens":60,"output_tokens":7}`, bill{in: 1000, out: 7, word: plain}},
			{"a cache that wraps", `{"input_tokens":40,"cache_read_input_tokens":9223372036854775807,"cache_creation_input_tokens":9223372036854775807,"output_tokens":7}`, bill{in: promptTokens, out: 7}},
			{"parts that come to too much", `{"input_tokens":1099511627776,"cache_read_input_tokens":1099511627776,"cache_creation_input_tokens":1099511627776,"output_tokens":7}`, bill{word: absurd}},
			{"less than nothing of the cache", `{"input_tokens":40,"cache_read_input_tokens":-39,"output_tokens":7}`, bill{in: promptTokens, out: 7}},
			{"passes that wrap", `{"input_tokens":40,"output_tokens":7,"iterations":[` + huge + `{}]}`, bill{word: absurd}},
			{"passes", `{"input_tokens":40,"output_tokens":7,"iterations":[{"type":"compaction","input_tokens":300,"output_tokens":20},{"type":"message","input_tokens":40,"output_tokens":7}]}`, bill{in: 340, out: 27, word: plain}},
			{"negative passes", `{"input_tokens":40,"output_tokens":7,"iterations":[{"type":"compaction","input_tokens":-300,"output_tokens":-20}]}`, bill{word: absurd}},
			{"keys twice", `{"input_tokens":40,"output_tokens":7,"input_tokens":1,"output_tokens":700}`, bill{in: 40, out: 700, word: unbounded}},
			{"no object", `47`, bill{in: promptTokens, out: outputCap}},
		},
		answers: {
			{"total alone", `{"total_tokens":47}`, bill{in: 40, out: outputCap, word: absurd}},
			{"an input without its output", `{"input_tokens":40}`, bill{in: 40, out: outputCap}},
			{"an output without its input", `{"output_tokens":700}`, bill{in: promptTokens, out: 700}},
			{"a total above the parts", `{"input_tokens":40,"output_tokens":7,"total_tokens":5000}`, bill{in: 40, out: 4960, word: unbounded}},
			{"the cache within the input", `{"input_tokens":40,"input_tokens_details":{"cached_tokens":30},"output_tokens":7,"total_tokens":47}`, bill{in: 40, out: 7, word: unbounded}},
			{"more of the cache than of the input", `{"input_tokens":40,"output_tokens":7,"input_tokens_details":{"cached_tokens":900}}`, bill{in: 40, out: 7, word: unbounded}},
			{"more reasoning than output", `{"input_tokens":40,"output_tokens":7,"output_tokens_details":{"reasoning_tokens":900}}`, bill{in: 40, out: 907, word: unbounded}},
			{"reasoning that wraps", `{"input_tokens":40,"output_tokens":7,"output_tokens_details":{"reasoning_tokens":9223372036854775807}}`, bill{in: 40, out: 7}},
			{"keys twice", `{"input_tokens":40,"output_tokens":7,"input_tokens":1,"output_tokens":700}`, bill{in: 40, out: 700, word: unbounded}},
			{"another's names", `{"prompt_tokens":40,"completion_tokens":7}`, bill{in: 40, out: 7, word: plain}},
			{"no object", `47`, bill{in: promptTokens, out: outputCap}},
		},
	}
	playAll(t, each(func(g *tongue, stream bool) (list []scenario) {
		for _, r := range rows[g] {
			list = append(list, once(r.name, sends(g.answer(200, stream, said{text: words(5), usage: r.usage})), r.bill))
		}
		return list
	}))
}

// Running figures of a stream: what was used never becomes less, and null says nothing.
func TestFiguresThatChange(t *testing.T) {
	u := func(in, out any) [2]any { return [2]any{in, out} }
	playAll(t, each(func(g *tongue, stream bool) (list []scenario) {
		if !stream {
			return nil
		}
		for _, r := range []struct {
			name string
			told [][2]any
			bill bill
		}{
			{"grow", [][2]any{u(40, 1), u(40, 3), u(40, 7)}, bill{in: 40, out: 7, word: plain}},
			{"shrink", [][2]any{u(40, 700), u(40, 7)}, bill{in: 40, out: 700, word: unbounded}},
			{"shrink to zeros", [][2]any{u(40, 700), u(0, 0)}, bill{in: 40, out: 700, word: unbounded}},
			{"shrink below zero", [][2]any{u(40, 700), u(-40, -700)}, bill{in: 40, out: 700, word: unbounded}},
			{"become null", [][2]any{u(40, 700), u("null", "null")}, bill{in: 40, out: 700, word: plain}},
			{"become absurd", [][2]any{u(40, 700), u("1e300", "1e300")}, bill{in: 40, out: 700, word: unbounded}},
			{"are absurd first", [][2]any{u("1e300", "1e300"), u(40, 700)}, bill{in: 40, out: 700, word: unbounded}},
			{"the input shrinks", [][2]any{u(4000, 7), u(40, 7)}, bill{in: 4000, out: 7, word: unbounded}},
			{"the input grows", [][2]any{u(40, 7), u(4000, 7)}, bill{in: 4000, out: 7, word: plain}},
		} {
			var events []string
			for _, told := range r.told {
				events = append(events, g.figures(g.usage(told[0], told[1])))
			}
			all := g.events(said{text: words(5), early: g.usage(r.told[0][0], r.told[0][1]), usage: g.usage(r.told[0][0], r.told[0][1])})
			at := len(all) - 1 // before the last word
			stream := append(append(append([]string{}, all[:at]...), events...), all[at:]...)
			list = append(list, once(r.name, sends(head(200, g.streams(), "\r\n")+g.frame(stream...)), r.bill))
			b := r.bill
			b.word = unbounded // it broke off
			list = append(list, once(r.name+", and break off", sends(head(200, g.streams(), "\r\n")+g.frame(stream[:len(stream)-1]...)), b))
		}
		return list
	}))
}
