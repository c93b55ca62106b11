package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"omezle/admin"
)

// nodeFlags are common to the commands that ask a node as the operator.
type nodeFlags struct {
	URL string `name:"url" placeholder:"URL" help:"public address of any node [http://localhost:8080; $$OMEZLE_URL]; the operator's token comes from $$OMEZLE_OPERATOR_TOKEN"`
}

// operatorFlags are common to those that print an answer.
type operatorFlags struct {
	nodeFlags `embed:""`
	JSON      bool `name:"json" help:"Print what the node answers, as JSON."`
}

// reviewerFlags are common to the commands that ask a node as the reviewer.
type reviewerFlags struct {
	URL  string `name:"url" placeholder:"URL" help:"public address of any node [http://localhost:8080; $$OMEZLE_URL]; the reviewer's token comes from $$OMEZLE_REVIEWER_TOKEN"`
	JSON bool   `name:"json" help:"Print what the node answers, as JSON."`
}

// operator asks a node's API, as the operator or the reviewer.
type operator struct {
	base  string
	token string
	key   string // the setting that the token has to be
	http  *http.Client
}

const (
	operatorTimeout = 20 * time.Second
	maxAnswer       = 64 << 20
)

// open returns the way to the node.
func (f *nodeFlags) open(p *process) (*operator, error) { return openAs("operator_token", f.URL, p) }

// open returns the way to the node.
func (f *reviewerFlags) open(p *process) (*operator, error) {
	return openAs("reviewer_token", f.URL, p)
}

func openAs(key, address string, p *process) (*operator, error) {
	variable := func(name string) (value string) {
		for _, pair := range p.env {
			if text, ok := strings.CutPrefix(pair, name+"="); ok {
				value = text
			}
		}
		return value
	}
	base := cmp.Or(address, variable("OMEZLE_URL"), "http://localhost:8080")
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is not the address of a node, such as https://chat.example", base)
	}
	token := variable(variableOf(key))
	if token == "" {
		return nil, fmt.Errorf("%s is not set: it is the %s of the nodes", variableOf(key), key)
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && !ip.IsLoopback() {
		fmt.Fprintf(p.stderr, "omezle: the token goes to %s unencrypted\n", u.Host)
	}
	return &operator{base: strings.TrimSuffix(base, "/") + admin.Prefix, token: token, key: key, http: &http.Client{
		Timeout:       operatorTimeout,
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// ask sends body, if there is any, as JSON and reads the answer into into, if that is not nil. Header are names and values
// in turns.
func (o *operator) ask(ctx context.Context, method, path string, body []byte, into any, header ...string) error {
	r, err := http.NewRequestWithContext(ctx, method, o.base+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask the node: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+o.token)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w, err := o.http.Do(r)
	if err != nil {
		if cause, ok := errors.AsType[*url.Error](err); ok {
			err = cause.Err // without the address once more
		}
		return fmt.Errorf("no node answers at %s: %w", o.node(), err)
	}
	defer w.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(w.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("the answer of %s broke off: %w", o.node(), err)
	}
	if w.StatusCode >= 300 {
		return o.refusal(w, answer)
	}
	if into == nil {
		return nil
	}
	if !strings.HasPrefix(w.Header.Get("Content-Type"), "application/json") {
		return o.refusal(w, nil) // a page, of whoever that is
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("%s answers what this version does not understand: %w", o.node(), err)
	}
	return nil
}

func variableOf(key string) string { return "OMEZLE_" + strings.ToUpper(key) }

func (o *operator) node() string { return strings.TrimSuffix(o.base, admin.Prefix) }

// refusal says what to do about an answer that is none.
func (o *operator) refusal(w *http.Response, answer []byte) error {
	if to := w.Header.Get("Location"); to != "" {
		return fmt.Errorf("%s sends elsewhere: use --url %s", o.node(), strings.TrimSuffix(to, w.Request.URL.RequestURI()))
	}
	var p admin.Problem
	if json.Unmarshal(answer, &p) != nil || p.Code == "" {
		return fmt.Errorf("%s answers %s: is it a node of Omezle that visitors connect to?", o.node(), w.Status)
	}
	switch p.Code {
	case "token":
		return fmt.Errorf("%s is not the %s of %s", variableOf(o.key), o.key, o.node())
	case "conflict":
		return errors.New("somebody changed the policy meanwhile: omezle policy show again, then decide anew")
	}
	if len(p.Problems) == 0 {
		return errors.New(p.Detail)
	}
	problems := make([]error, len(p.Problems))
	for i, text := range p.Problems {
		problems[i] = errors.New(text)
	}
	return errors.Join(problems...)
}

// printJSON writes v for programs and for those who read it.
func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// table prints rows of cells in columns, the first row being their names.
func table(w io.Writer, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(t, strings.TrimRight(strings.Join(row, "\t"), "\t"))
	}
	return t.Flush()
}

// oneLine makes a text of other people's fit for a terminal.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, text)
}
