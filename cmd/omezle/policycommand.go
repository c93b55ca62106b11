package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"omezle/admin"
	"omezle/sfu/route"
)

// policyCommand is about the rules of the routes of media.
type policyCommand struct {
	Show    policyShow    `cmd:"" help:"Print the policy in force."`
	Set     policySet     `cmd:"" help:"Put a policy into force on all nodes."`
	DryRun  policyDryRun  `cmd:"" name:"dry-run" help:"Tell what a policy would change about the calls that are live now."`
	History policyHistory `cmd:"" help:"List the versions there were."`
	Ready   policyReady   `cmd:"" help:"Print a ready policy, to start from, or list them."`
}

type policyShow struct {
	operatorFlags `embed:""`
}

// Run prints the policy.
func (c *policyShow) Run(ctx context.Context, p *process) error {
	node, err := c.open(p)
	if err != nil {
		return err
	}
	var version admin.PolicyVersion
	if err := node.ask(ctx, http.MethodGet, "policy", nil, &version); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.stdout, version)
	}
	return printPolicy(p.stdout, version)
}

// printPolicy prints rules as a table. A policy of a newer program is printed as it is.
func printPolicy(w io.Writer, v admin.PolicyVersion) error {
	fmt.Fprintln(w, "Version "+strings.Join(versionCells(v), ", "))
	policy, err := route.Parse(v.Policy)
	if err != nil {
		return printJSON(w, v.Policy)
	}
	rows := [][]string{{"", "RULE", "WHEN", "THEN", "REASON"}}
	for i := range policy.Rules {
		rule := &policy.Rules[i]
		rows = append(rows, []string{strconv.Itoa(i + 1), rule.Name, rule.When.String(), rule.Then.String(), rule.Then.Reason})
	}
	return table(w, append(rows, []string{"", "otherwise", "", policy.Default.String(), policy.Default.Reason}))
}

func versionCells(v admin.PolicyVersion) []string {
	if v.At == nil {
		return []string{strconv.Itoa(v.Version), "the default"}
	}
	return []string{strconv.Itoa(v.Version), v.At.Local().Format(time.DateTime), oneLine(string(v.By)), oneLine(v.Note)}
}

// policySource is a policy that is not in force.
type policySource struct {
	File  string `arg:"" optional:"" help:"JSON of a policy, or what policy show --json printed."`
	Ready string `name:"ready" placeholder:"NAME" help:"Take a ready policy instead of a file."`
}

// read returns the document and, if the file tells it, the version that it was made from.
func (s *policySource) read() (document []byte, from *int, err error) {
	if (s.File == "") == (s.Ready == "") {
		return nil, nil, errors.New("name either a file or a ready policy; see omezle policy ready")
	}
	if s.Ready != "" {
		document, err = route.Ready(s.Ready)
		return document, nil, err
	}
	file, err := os.Open(s.File)
	if err != nil {
		return nil, nil, fmt.Errorf("read policy: %w", err)
	}
	defer file.Close()
	document, err = io.ReadAll(io.LimitReader(file, 2*route.MaxDocument)) // the node refuses what is too long
	if err != nil {
		return nil, nil, fmt.Errorf("read policy: %w", err)
	}
	var shown struct {
		Version *int
		Policy  json.RawMessage
	}
	if json.Unmarshal(document, &shown) == nil && shown.Policy != nil {
		document = shown.Policy
	}
	_, err = route.Parse(document) // which needs no node, and knows the lines of the file
	return document, shown.Version, err
}

type policySet struct {
	operatorFlags `embed:""`
	policySource  `embed:""`
	Note          string `required:"" placeholder:"TEXT" help:"Why, for the history."`
	From          *int   `placeholder:"VERSION" help:"Version that the file was made from; another one in force is a conflict [what the file says, else the one in force]"`
}

// Run changes the policy.
func (c *policySet) Run(ctx context.Context, p *process) error {
	document, from, err := c.read()
	if err != nil {
		return err
	}
	node, err := c.open(p)
	if err != nil {
		return err
	}
	if c.From != nil {
		from = c.From
	}
	var version admin.PolicyVersion
	if from == nil {
		if err := node.ask(ctx, http.MethodGet, "policy", nil, &version); err != nil {
			return err
		}
		from = &version.Version
	}
	note, err := json.Marshal(c.Note)
	if err != nil {
		return fmt.Errorf("send policy: %w", err)
	}
	body := fmt.Appendf(nil, `{"policy":%s,"note":%s}`, document, note)
	if err := node.ask(ctx, http.MethodPut, "policy", body, &version, "If-Match", strconv.Quote(strconv.Itoa(*from))); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.stdout, version)
	}
	return printPolicy(p.stdout, version)
}

type policyDryRun struct {
	operatorFlags `embed:""`
	policySource  `embed:""`
	Examples      int `default:"10" help:"Calls to print that would change, 100 at the most [10]."`
}

// Run asks what would change.
func (c *policyDryRun) Run(ctx context.Context, p *process) error {
	document, _, err := c.read()
	if err != nil {
		return err
	}
	node, err := c.open(p)
	if err != nil {
		return err
	}
	var run admin.DryRun
	if err := node.ask(ctx, http.MethodPost, "policy/dry-run?examples="+strconv.Itoa(c.Examples), document, &run); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.stdout, run)
	}
	fmt.Fprintf(p.stdout, "%d of %d live calls would change.\n", run.Changed, run.Calls)
	if run.Changed == 0 {
		return nil
	}
	rows := [][]string{{"FROM", "TO", "CALLS"}}
	for _, shift := range run.Routes {
		rows = append(rows, []string{string(shift.From), string(shift.To), strconv.Itoa(shift.Calls)})
	}
	if err := table(p.stdout, rows); err != nil {
		return err
	}
	fmt.Fprintln(p.stdout)
	rows = [][]string{{"PAIR", "FROM", "TO", "RULE", "BECAUSE"}}
	for _, e := range run.Examples {
		rows = append(rows, []string{string(e.Pair), string(e.From), routeCell(e.To, e.Forced), ruleCell(e.Rule), reasonsCell(e.Reasons)})
	}
	return table(p.stdout, rows)
}

type policyHistory struct {
	operatorFlags `embed:""`
	Limit         int `default:"20" help:"Versions to list, 100 at the most [20]."`
}

// Run lists versions.
func (c *policyHistory) Run(ctx context.Context, p *process) error {
	node, err := c.open(p)
	if err != nil {
		return err
	}
	var history admin.PolicyHistory
	if err := node.ask(ctx, http.MethodGet, "policy/history?limit="+strconv.Itoa(c.Limit), nil, &history); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.stdout, history)
	}
	rows := [][]string{{"VERSION", "AT", "BY", "NOTE"}}
	for _, v := range history.Versions {
		rows = append(rows, versionCells(v))
	}
	return table(p.stdout, rows)
}

type policyReady struct {
	Name string `arg:"" optional:"" help:"Ready policy to print."`
}

// Run needs no node.
func (c *policyReady) Run(p *process) error {
	if c.Name == "" {
		_, err := fmt.Fprintln(p.stdout, strings.Join(route.ReadyNames(), "\n"))
		return err
	}
	document, err := route.Ready(c.Name)
	if err != nil {
		return err
	}
	_, err = p.stdout.Write(document)
	return err
}
