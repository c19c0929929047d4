module github.com/orchestrate-go/orchestrate/cmd/orchestrate/compat/cpu

go 1.26.0

replace github.com/orchestrate-go/orchestrate => ../../../..

require github.com/orchestrate-go/orchestrate v0.0.0-00010101000000-000000000000

require (
	github.com/cenkalti/backoff/v5 v5.0.3 // indirect
	github.com/klauspost/compress v1.20.4 // indirect
	github.com/pkoukk/tiktoken-go-loader v0.0.2 // indirect
	golang.org/x/time v0.16.0 // indirect
)
