package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"omezle/admin"
	"omezle/models"
)

// flagsCommand is the work of a reviewer, as far as it needs no pictures.
type flagsCommand struct {
	List    flagsList    `cmd:"" help:"List flags, newest first."`
	Show    flagsShow    `cmd:"" help:"Print all that is known of one flag. That its chat was read is in the audit log."`
	Claim   flagsClaim   `cmd:"" help:"Take a flag for 10 minutes, to decide on it."`
	Release flagsRelease `cmd:"" help:"Give a flag back that you hold."`
	Decide  flagsDecide  `cmd:"" help:"Confirm or dismiss a flag that you hold."`
	Undo    flagsUndo    `cmd:"" help:"Take back what you decided, within 10 seconds."`
}

type flagsList struct {
	reviewerFlags `embed:""`
	State         string `placeholder:"STATE" help:"Only those that are open, claimed, upheld, dismissed, appealed or overturned."`
	Kind          string `placeholder:"KIND" help:"Only those of a kind: frame, client_frame, text, limit or hash."`
	Rule          string `placeholder:"RULE" help:"Only those of a rule, as nudity, or of one version of it, as nudity@3."`
	Device        string `placeholder:"DEVICE" help:"Only those of a device."`
	Session       string `placeholder:"SESSION" help:"Only those of a session."`
	Before        string `placeholder:"PLACE" help:"Only those further back, from the place that a list named."`
	Limit         int    `default:"50" help:"Flags to list, 500 at the most [50]."`
}

// Run prints one page.
func (c *flagsList) Run(ctx context.Context, p *process) error {
	node, err := c.open(p)
	if err != nil {
		return err
	}
	query := url.Values{"limit": {strconv.Itoa(c.Limit)}}
	for name, value := range map[string]string{
		"state": c.State, "kind": c.Kind, "rule": c.Rule, "device": c.Device, "session": c.Session, "before": c.Before,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	var page admin.FlagsPage
	if err := node.ask(ctx, http.MethodGet, "flags?"+query.Encode(), nil, &page); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.stdout, page)
	}
	rows := [][]string{{"FLAG", "AT", "STATE", "VERSION", "KIND", "RULE", "SCORES", "ROUTE", "DONE", "REVIEWER"}}
	for i := range page.Flags {
		rows = append(rows, flagCells(&page.Flags[i]))
	}
	if err := table(p.stdout, rows); err != nil {
		return err
	}
	if page.Next != "" {
		fmt.Fprintf(p.stdout, "There are more: --before %s\n", oneLine(page.Next))
	}
	return nil
}

func flagCells(f *admin.Flag) []string {
	rule := ruleCell(f.Rule)
	if f.Shadow {
		rule += " (shadow)"
	}
	return []string{
		oneLine(string(f.ID)), f.At.Local().Format(time.DateTime), oneLine(string(f.State)), strconv.Itoa(f.Version), oneLine(string(f.Kind)), rule,
		scoresCell(f.Scores), cmp.Or(oneLine(string(f.Route)), "-"), actionsCell(f.Actions), cmp.Or(oneLine(string(f.Reviewer)), "-"),
	}
}

// scoresCell tells scores from the highest on, without those that say nothing.
func scoresCell(scores map[string]float64) string {
	classes := slices.SortedFunc(maps.Keys(scores), func(a, b string) int {
		return cmp.Or(cmp.Compare(scores[b], scores[a]), strings.Compare(a, b))
	})
	var words []string
	for _, class := range classes {
		if scores[class] >= 0.05 {
			words = append(words, fmt.Sprintf("%s %.2f", oneLine(class), scores[class]))
		}
	}
	return cmp.Or(strings.Join(words, ", "), "-")
}

func actionsCell(actions []models.Action) string {
	words := make([]string, len(actions))
	for i, action := range actions {
		words[i] = oneLine(string(action))
	}
	return cmp.Or(strings.Join(words, ", "), "-")
}

// flagArg names the flag of a command.
type flagArg struct {
	Flag string `arg:"" help:"Flag, as flags list prints it."`
}

func (a *flagArg) path(step string) (string, error) {
	if _, err := models.ParseFlagID(a.Flag); err != nil {
		return "", fmt.Errorf("%q is not a flag: see omezle flags list", a.Flag)
	}
	return "flags/" + a.Flag + step, nil
}

type flagsShow struct {
	reviewerFlags `embed:""`
	flagArg       `embed:""`
}

// Run prints the card.
func (c *flagsShow) Run(ctx context.Context, p *process) error {
	var card admin.FlagCard
	if err := c.askAbout(ctx, p, c.flagArg, http.MethodGet, "", nil, &card); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.stdout, card)
	}
	return printCard(p.stdout, &card)
}

func printCard(w io.Writer, c *admin.FlagCard) error {
	at := func(t time.Time) string { return t.Local().Format(time.DateTime) }
	rows := [][]string{
		{"flag", oneLine(string(c.ID)), "version " + strconv.Itoa(c.Version)}, {"state", oneLine(string(c.State)), oneLine(string(c.Reviewer))},
		{"raised", at(c.At), oneLine(string(c.Kind)) + " by " + ruleCell(c.Rule) + ", " + cmp.Or(oneLine(c.Model), "no model")},
		{"server", scoresCell(c.Scores)}, {"browser", scoresCell(c.ClientScores)}, {"done", actionsCell(c.Actions)},
		{"call", oneLine(string(c.Pair)), cmp.Or(oneLine(string(c.Route)), "-")}, {"visitor", oneLine(string(c.Session)), "device " + cmp.Or(oneLine(string(c.Device)), "-")},
		{"similar", strconv.Itoa(c.Similar) + " other flags"},
	}
	for _, event := range c.Timeline {
		rows = append(rows, []string{"event", at(event.At), oneLine(event.What)})
	}
	for i := range c.Evidence {
		item := &c.Evidence[i]
		kept := fmt.Sprintf("%s, %d bytes", oneLine(item.MediaType), item.Size)
		if item.DestroyedAt != nil {
			kept = "destroyed " + at(*item.DestroyedAt)
		} else if item.Held {
			kept += ", held"
		}
		rows = append(rows, []string{oneLine(string(item.Kind)), oneLine(string(item.ID)), kept, scoresCell(item.Scores)})
	}
	for _, line := range c.Chat {
		who := "partner"
		if line.Accused {
			who = "visitor"
		}
		rows = append(rows, []string{"chat", at(line.At), who + ": " + oneLine(line.Text)})
	}
	for _, d := range c.Decisions {
		rows = append(rows, []string{"decision", at(d.At), oneLine(string(d.By)) + ": " + oneLine(string(d.Outcome)) + ", " + oneLine(string(d.Action)), oneLine(d.Reason)})
	}
	for _, what := range c.Missing {
		rows = append(rows, []string{"missing", oneLine(what), "cannot be told now"})
	}
	return table(w, rows)
}

type flagsClaim struct {
	reviewerFlags `embed:""`
	flagArg       `embed:""`
}

// Run claims the flag.
func (c *flagsClaim) Run(ctx context.Context, p *process) error {
	return c.step(ctx, p, c.flagArg, "/claim")
}

type flagsRelease struct {
	reviewerFlags `embed:""`
	flagArg       `embed:""`
}

// Run releases the flag.
func (c *flagsRelease) Run(ctx context.Context, p *process) error {
	return c.step(ctx, p, c.flagArg, "/release")
}

func (f *reviewerFlags) step(ctx context.Context, p *process, flag flagArg, step string) error {
	var answer admin.Flag
	if err := f.askAbout(ctx, p, flag, http.MethodPost, step, admin.Step{}, &answer); err != nil {
		return err
	}
	if f.JSON {
		return printJSON(p.stdout, answer)
	}
	return printState(p.stdout, &answer, nil)
}

func printState(w io.Writer, f *admin.Flag, notes []string) error {
	until := ""
	if f.LeaseUntil != nil {
		until = " until " + f.LeaseUntil.Local().Format(time.TimeOnly)
	}
	_, err := fmt.Fprintf(w, "The flag is %s%s, version %d.\n", oneLine(string(f.State)), until, f.Version)
	for _, note := range notes {
		_, err = fmt.Fprintf(w, "Note: %s.\n", oneLine(note))
	}
	return err
}

type flagsDecide struct {
	reviewerFlags `embed:""`
	flagArg       `embed:""`
	Outcome       string `arg:"" enum:"confirm,dismiss" help:"confirm: a violation; dismiss: none, so that what was done is taken back."`
	From          int    `required:"" placeholder:"VERSION" help:"Version of the flag that you have looked at, as claim and show print it."`
	Action        string `default:"none" enum:"none,warn,end,ban" help:"What is done beyond what was done at once: none, warn, end (the call) or ban [none]."`
	BanFor        string `placeholder:"TIME" help:"How long the device is banned, as 24h."`
	Reason        string `placeholder:"TEXT" help:"Why; with a ban it is shown to the visitor."`
}

// Run decides.
func (c *flagsDecide) Run(ctx context.Context, p *process) error {
	return c.ruled(ctx, p, c.flagArg, "/decide", admin.Finding{
		Version: c.From, Outcome: c.Outcome, Action: models.Action(c.Action), BanFor: c.BanFor, Reason: c.Reason,
	})
}

type flagsUndo struct {
	reviewerFlags `embed:""`
	flagArg       `embed:""`
}

// Run takes the decision back.
func (c *flagsUndo) Run(ctx context.Context, p *process) error {
	return c.ruled(ctx, p, c.flagArg, "/undo", admin.Step{})
}

func (f *reviewerFlags) ruled(ctx context.Context, p *process, flag flagArg, step string, body any) error {
	var ruled admin.Ruled
	if err := f.askAbout(ctx, p, flag, http.MethodPost, step, body, &ruled); err != nil {
		return err
	}
	if f.JSON {
		return printJSON(p.stdout, ruled)
	}
	return printState(p.stdout, &ruled.Flag, ruled.Notes)
}

// askAbout asks something of a flag; a body that is nil is none.
func (f *reviewerFlags) askAbout(ctx context.Context, p *process, flag flagArg, method, step string, body, into any) error {
	path, err := flag.path(step)
	if err != nil {
		return err
	}
	node, err := f.open(p)
	if err != nil {
		return err
	}
	var data []byte
	if body != nil {
		if data, err = json.Marshal(body); err != nil {
			return fmt.Errorf("ask about a flag: %w", err)
		}
	}
	return node.ask(ctx, method, path, data, into)
}
