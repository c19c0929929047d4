module github.com/orchestrate-go/orchestrate/compat/agents

go 1.26
