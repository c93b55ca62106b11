package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"omezle/admin"
	"omezle/models"
)

// callsCommand is about the calls that are live.
type callsCommand struct {
	List  callsList  `cmd:"" help:"List the calls that are live on all nodes."`
	Route callsRoute `cmd:"" help:"Choose the route of one call, or give it back to the policy."`
}

type callsList struct {
	operatorFlags `embed:""`
}

// Run prints every page.
func (c *callsList) Run(ctx context.Context, p *process) error {
	node, err := c.open(p)
	if err != nil {
		return err
	}
	all := admin.CallsPage{Calls: []admin.Call{}}
	for after := models.PairID(""); ; {
		var page admin.CallsPage
		if err := node.ask(ctx, http.MethodGet, "calls?limit=500&after="+string(after), nil, &page); err != nil {
			return err
		}
		all.Calls, all.Total = append(all.Calls, page.Calls...), page.Total
		if page.Next <= after { // none, or a node that repeats itself
			break
		}
		after = page.Next
	}
	if c.JSON {
		return printJSON(p.stdout, all)
	}
	rows := [][]string{{"PAIR", "MODE", "ROUTE", "VIA", "RULE", "BECAUSE", "AGE", "REGIONS", "EPOCH", "NODE", "SFU"}}
	for _, call := range all.Calls {
		rows = append(rows, callCells(call))
	}
	if err := table(p.stdout, rows); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%d live calls\n", all.Total)
	return err
}

func callCells(c admin.Call) []string {
	way := routeCell(c.Route, c.Forced)
	if c.Next != "" {
		way = string(c.Route) + " > " + routeCell(c.Next, c.Forced)
	}
	regions := cmp.Or(c.Regions[0], "-") + "/" + cmp.Or(c.Regions[1], "-")
	return []string{
		string(c.Pair), string(c.Mode), way, cmp.Or(string(c.Via), "-"), ruleCell(c.Rule), reasonsCell(c.Reasons),
		(time.Duration(c.AgeSeconds) * time.Second).String(), oneLine(regions), strconv.FormatUint(uint64(c.Epoch), 10),
		string(c.Node), cmp.Or(string(c.SFUNode), "-"),
	}
}

func routeCell(route models.Route, forced bool) string {
	if forced {
		return string(route) + " forced"
	}
	return string(route)
}

func ruleCell(rule string) string { return cmp.Or(oneLine(rule), "-") }

func reasonsCell(reasons []models.RouteReason) string {
	words := make([]string, len(reasons))
	for i, reason := range reasons {
		words[i] = string(reason)
	}
	return cmp.Or(strings.Join(words, ", "), "-")
}

type callsRoute struct {
	nodeFlags `embed:""`
	Pair      string `arg:"" help:"Pair, as calls list prints it."`
	Route     string `arg:"" enum:"p2p,turn,sfu,policy" help:"p2p, turn or sfu; policy: what the policy says."`
	Forced    bool   `help:"Keep to the route even at the price of a blank picture."`
}

// Run asks for the route; the switch goes on after it.
func (c *callsRoute) Run(ctx context.Context, p *process) error {
	pair, err := models.ParsePairID(c.Pair)
	if err != nil {
		return fmt.Errorf("%q is not a pair: see omezle calls list", c.Pair)
	}
	node, err := c.open(p)
	if err != nil {
		return err
	}
	path := "calls/" + string(pair) + "/route"
	if c.Route == "policy" {
		if err := node.ask(ctx, http.MethodDelete, path, nil, nil); err != nil {
			return err
		}
		fmt.Fprintln(p.stdout, "The call goes where the policy says.")
		return nil
	}
	body, err := json.Marshal(admin.RouteChoice{Route: models.Route(c.Route), Forced: c.Forced})
	if err != nil {
		return fmt.Errorf("send route: %w", err)
	}
	if err := node.ask(ctx, http.MethodPut, path, body, nil); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "The call goes to %s.\n", routeCell(models.Route(c.Route), c.Forced))
	return nil
}
