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
	ctx := untilSignal()
	if err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr); err != nil {
		report(os.Stderr, err)
		os.Exit(1)
	}
}

// untilSignal returns a context that ends with the first signal to stop. By the time it has ended the next signal has
// its usual effect again, which is to end the process at once: whoever sees the drain begin may send it.
func untilSignal() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals)
		cancel()
	}()
	return ctx
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
