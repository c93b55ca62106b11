package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the next one has its usual effect: the process ends at once.
	context.AfterFunc(ctx, stop)
	if err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr); err != nil {
		report(os.Stderr, err)
		os.Exit(1)
	}
}

// run is the program without its process, which is what tests start.
func run(ctx context.Context, args, env []string, stdout, stderr io.Writer) error {
	line := newCommandLine()
	helped := false
	parser, err := kong.New(line,
		kong.Name("omezle"),
		kong.Description("Pairs strangers for video and text chat."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}),
	)
	if err != nil {
		return fmt.Errorf("describe commands: %w", err)
	}
	chosen, err := parser.Parse(args)
	if helped {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w; see omezle --help", err)
	}
	chosen.BindTo(ctx, (*context.Context)(nil))
	return chosen.Run(&process{env: env, file: line.File, stdout: stdout, stderr: stderr})
}

// process is what a command may know of the process it runs in.
type process struct {
	env            []string
	file           string // --config
	stdout, stderr io.Writer
}

// report prints err for a person: one line, or a list when several were joined.
func report(w io.Writer, err error) {
	problems := flatten(err)
	if len(problems) == 1 {
		fmt.Fprintf(w, "omezle: %v\n", err)
		return
	}
	fmt.Fprintf(w, "omezle: %d problems:\n", len(problems))
	for _, problem := range problems {
		fmt.Fprintf(w, "  - %v\n", problem)
	}
}

// flatten takes apart what errors.Join put together. An error that says more
// than the sum of its parts is left whole.
func flatten(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var out []error
	length := -1
	for _, part := range joined.Unwrap() {
		length += len(part.Error()) + 1
		out = append(out, flatten(part)...)
	}
	if length != len(err.Error()) {
		return []error{err}
	}
	return out
}
