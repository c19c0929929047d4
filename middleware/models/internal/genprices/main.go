// Command genprices writes the table of list prices that package models has, from the npm package
// @pydantic/genai-prices (MIT). Neither a build nor a test needs it.
//
//	go generate ./middleware/models
//
// It needs npm, which knows its registry by itself. The same package gives the same table, byte for byte:
//
//	npm package -> literal.go -> JSON -> source.go -> what is exact -> write.go -> prices_table.go
//	               its JavaScript        its schema    select.go       Go
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const pkg = "@pydantic/genai-prices"

func main() {
	version := flag.String("version", "", "the version of "+pkg)
	date := flag.String("date", "", "the day it was published: npm view "+pkg+" time")
	out := flag.String("out", "prices_table.go", "the file to write")
	flag.Parse()
	if err := run(context.Background(), *version, *date, *out); err != nil {
		fmt.Fprintln(os.Stderr, "genprices:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, version, date, out string) error {
	if version == "" || len(date) != len("2006-01-02") {
		return fmt.Errorf("give -version and -date, as prices.go does")
	}
	script, err := download(ctx, version)
	if err != nil {
		return err
	}
	table, err := generate(script, version, date)
	if err != nil {
		return fmt.Errorf("%s %s: %w", pkg, version, err)
	}
	return os.WriteFile(out, table, 0o644)
}

// generate returns the Go source of the table, from the script that the package consists of.
func generate(script []byte, version, date string) ([]byte, error) {
	doc, err := firstArray(script)
	if err != nil {
		return nil, err
	}
	vendors, err := readVendors(doc)
	if err != nil {
		return nil, err
	}
	listings, err := selected(vendors, date)
	if err != nil {
		return nil, err
	}
	return write(listings, version, date)
}

// download returns the script of a version.
func download(ctx context.Context, version string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "genprices")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	archive, err := command(ctx, dir, "npm", "pack", "--silent", pkg+"@"+version)
	if err != nil {
		return nil, err
	}
	if _, err := command(ctx, dir, "tar", "xzf", strings.TrimSpace(archive)); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, "package", "dist", "index.js"))
}

func command(ctx context.Context, dir, name string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir, c.Stderr = dir, os.Stderr
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return string(out), nil
}
