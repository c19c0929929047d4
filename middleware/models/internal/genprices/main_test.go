package main

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/fixture.want anew")

func TestGenerate(t *testing.T) {
	script, err := os.ReadFile("testdata/fixture.js")
	if err != nil {
		t.Fatal(err)
	}
	got, err := generate(script, "1.2.3", "2026-09-23")
	if err != nil {
		t.Fatal(err)
	}
	for range 10 { // maps have no order of their own
		if again, _ := generate(script, "1.2.3", "2026-09-23"); !bytes.Equal(got, again) {
			t.Fatal("the same package gives another table")
		}
	}
	const golden = "testdata/fixture.want"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestGenerateRefuses(t *testing.T) {
	listed := func(entry string) string { return `x = [{ id: "openai", models: [` + entry + `] }]` }
	for script, want := range map[string]string{
		``:                     "no array",
		"x = 1;\ny = [{ a 1 }": "line 2: expected a colon",
		`x = [1 2]`:            "expected a comma",
		`x = ["a`:              "without an end",
		`x = [!2]`:             "unexpected",
		`x = [f()]`:            "unexpected",
		"x = [`a${b}`]":        "a string with",
		`x = [1]`:              "cannot unmarshal number",
		listed(`{ id: "a", match: { equals: "a" }, prices: { input_mtok: -1, output_mtok: 1 } }`):                       "openai: a: -1 times",
		listed(`{ id: "a", match: { equals: "a" }, prices: { input_mtok: 1e-10, output_mtok: 1 } }`):                    "no whole number",
		listed(`{ id: "a", match: { equals: "a" }, context_window: 1.5, prices: { input_mtok: 1, output_mtok: 1 } }`):   "1.5 times 1",
		listed(`{ id: "a", match: { equals: "a" }, prices: { input_mtok: { base: 1, tiers: [{}] }, output_mtok: 1 } }`): `"" is no number`,
		listed(`{ id: "a", match: { equals: "a" }, prices: { input_mtok: "dear", output_mtok: 1 } }`):                   "invalid number",
	} {
		if _, err := generate([]byte(script), "1", "2026-09-23"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", script, err, want)
		}
	}
}
