package texttest

import (
	"fmt"
	"strings"
)

// name is an identifier: one to three words in camel case.
func (w *writer) name() string {
	project := w.latin[:3000]
	s := w.zipf(project)
	for w.chance(40) {
		s += title(w.zipf(project))
	}
	return s
}

func (w *writer) expr(depth int) string {
	switch w.rng.IntN(9) {
	case 0:
		return fmt.Sprint(w.rng.IntN(1000))
	case 1:
		return fmt.Sprintf("%q", w.word()+w.pick("", ": %v", " "+w.word()))
	case 2:
		return w.name() + "." + title(w.name())
	case 3, 4:
		if depth > 0 {
			return w.pick("", w.name()+".") + w.name() + "(" + w.expr(depth-1) + w.pick("", ", "+w.expr(depth-1)) + ")"
		}
	case 5:
		if depth > 0 {
			return w.expr(depth-1) + w.pick(" + ", " == ", " && ", " < ", "*", "-1 != ") + w.expr(depth-1)
		}
	case 6:
		return w.name() + "[" + w.pick("i", "n-1", ":", "key", w.name()) + "]"
	}
	return w.name()
}

func (w *writer) statements(depth int) {
	tabs := strings.Repeat("\t", depth)
	for n := 1 + w.rng.IntN(6); n > 0; n-- {
		switch w.rng.IntN(8) {
		case 0:
			w.add(tabs, "// ", title(w.word()), " ", w.word(), " ", w.word(), " ", w.word(), ".\n")
		case 1, 2:
			w.add(tabs, w.name(), " := ", w.expr(2), "\n")
		case 3:
			w.add(tabs, w.name(), ", err := ", w.expr(2), "\n", tabs, "if err != nil {\n", tabs, "\treturn nil, err\n", tabs, "}\n")
		case 4:
			if depth < 5 {
				w.add(tabs, w.pick("if ", "for ", "switch "), w.expr(1), " {\n")
				w.statements(depth + 1)
				w.add(tabs, "}\n")
			}
		case 5:
			w.add(tabs, "return ", w.expr(2), "\n")
		default:
			w.add(tabs, w.name(), ".", title(w.name()), "(", w.expr(1), ")\n")
		}
	}
}

// code is Go.
func (w *writer) code(size int) {
	for w.Len() < size {
		f := title(w.name())
		w.add("// ", f, " ", w.sentence(w.word), "\n")
		if w.chance(25) {
			w.add("type ", f, " struct {\n")
			for n := 2 + w.rng.IntN(6); n > 0; n-- {
				w.add("\t", fmt.Sprintf("%-12s", title(w.name())), " ", w.pick("string", "int64", "[]byte", "error", "*"+title(w.name())), "\n")
			}
			w.add("}\n\n")
			continue
		}
		w.add("func ", w.pick("", "(", "("))
		if strings.HasSuffix(w.String(), "(") {
			w.add(w.pick("c", "s", "m", "r"), " *", title(w.name()), ") ")
		}
		w.add(f, "(", w.name(), " ", w.pick("string", "int", "context.Context", "[]byte"), ") ", w.pick("error", "(int, error)", "bool"), " {\n")
		w.statements(1)
		w.add("}\n\n")
	}
}

// value is a JSON value; indent is the white space of its line, or "" for minified.
func (w *writer) value(indent string, depth int) {
	kind := w.rng.IntN(12)
	if depth == 0 {
		kind = 5 + w.rng.IntN(7)
	}
	colon, inner, line := ":", "", ""
	if indent != "" {
		colon, inner, line = ": ", indent+"  ", "\n"
	}
	switch {
	case kind < 4:
		w.add("{", line)
		for n := 2 + w.rng.IntN(5); n > 0; n-- {
			w.add(inner, "\"", strings.ToLower(w.zipf(w.latin[:3000])), w.pick("", "_id", "Name", "_"+w.zipf(w.latin[:3000])), "\"", colon)
			w.value(inner, depth-1)
			w.comma(n, line)
		}
		w.add(strings.TrimPrefix(indent, "\n"), "}")
	case kind < 5:
		w.add("[", line)
		for n := 1 + w.rng.IntN(6); n > 0; n-- {
			w.add(inner)
			w.value(inner, depth-1)
			w.comma(n, line)
		}
		w.add(indent, "]")
	case kind < 6:
		w.add(w.pick("true", "false", "null"))
	case kind < 8:
		w.add(fmt.Sprint(w.rng.IntN(100000)), w.pick("", "", "."+fmt.Sprint(w.rng.IntN(1000))))
	case kind < 9:
		w.add("\"", fmt.Sprintf("%08x-%04x", w.rng.Uint32(), w.rng.IntN(65536)), "\"")
	case kind < 10:
		w.add("\"https://", w.word(), ".com/", w.word(), "/", fmt.Sprint(w.rng.IntN(9999)), "\"")
	default:
		w.add("\"", strings.ReplaceAll(w.sentence(w.word), "\"", "\\\""), "\"")
	}
}

func (w *writer) comma(n int, line string) {
	if n > 1 {
		w.add(",")
	}
	w.add(line)
}

func (w *writer) json(size int) {
	for w.Len() < size {
		w.value(" ", 5)
		w.add("\n")
	}
}

func (w *writer) minified(size int) {
	for w.Len() < size {
		w.value("", 5)
		w.add("\n")
	}
}

func (w *writer) markdown(size int) {
	for w.Len() < size {
		switch w.rng.IntN(7) {
		case 0:
			w.add(strings.Repeat("#", 1+w.rng.IntN(4)), " ", title(w.word()), " ", w.word(), " ", w.word(), "\n\n")
		case 1:
			for n := 2 + w.rng.IntN(5); n > 0; n-- {
				w.add(w.pick("- ", "- ", "  - ", "* "), w.pick("", "**"+title(w.word())+"**: "), w.sentence(w.word), "\n")
			}
			w.add("\n")
		case 2:
			w.add("```go\n")
			w.statements(0)
			w.add("```\n\n")
		case 3:
			for n := 2 + w.rng.IntN(4); n > 0; n-- {
				w.add("| ", w.word(), " | `", w.name(), "` | ", fmt.Sprint(w.rng.IntN(500)), " |\n")
			}
			w.add("\n")
		case 4:
			w.add("See [", w.word(), " ", w.word(), "](https://", w.word(), ".org/", w.word(), "#", w.word(), ") and `", w.name(), "()`.\n\n")
		default:
			w.add(w.sentence(w.word), " ", w.sentence(w.word), "\n\n")
		}
	}
}
