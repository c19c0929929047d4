module github.com/orchestrate-go/orchestrate/cmd/orchestrate/compat/agents

go 1.26
