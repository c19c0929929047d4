module github.com/orchestrate-go/orchestrate/cmd/orchestrate/compat/terminal

go 1.26
