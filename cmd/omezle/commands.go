package main

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"omezle/cmd/omezle/config"
)

// commandLine is what can be typed. Flags for the settings are added to it from
// the tree of settings, so that each key is described once.
type commandLine struct {
	File string `name:"config" placeholder:"FILE" help:"YAML file of settings [none; $$OMEZLE_CONFIG]"`

	Serve    serveCommand    `cmd:"" help:"Run a node of the service."`
	Migrate  migrateCommand  `cmd:"" help:"Change the database's schema, or see its version."`
	Policy   policyCommand   `cmd:"" help:"Show or change which way the media of calls goes."`
	Calls    callsCommand    `cmd:"" help:"List live calls, choose the route of one."`
	Model    modelCommand    `cmd:"" help:"Make, check or describe the model that judges frames."`
	Flags    flagsCommand    `cmd:"" help:"List what waits for a reviewer, and decide on it."`
	Config   configCommand   `cmd:"" help:"Print the settings in force and where each came from, secrets redacted."`
	Evidence evidenceCommand `cmd:"" help:"Check, hold or destroy what flags and reports rest on."`
	Hashes   hashesCommand   `cmd:"" help:"Import, export and list banks of hashes of known pictures."`
	Doctor   doctorCommand   `cmd:"" help:"Look at what a node needs, from this machine, and say how to mend what is wrong."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

func newCommandLine() *commandLine {
	line := &commandLine{}
	line.Serve.given = addFlags(&line.Serve.Plugins, nil)
	line.Doctor.given = addFlags(&line.Doctor.Plugins, nil)
	line.Config.given = addFlags(&line.Config.Plugins, nil)
	line.Migrate.given = addFlags(&line.Migrate.Plugins, databaseKeys)
	line.Evidence.given = addFlags(&line.Evidence.Plugins, evidenceKeys())
	line.Hashes.given = addFlags(&line.Hashes.Plugins, databaseKeys)
	return line
}

// addFlags adds a flag for each key of the settings, or for each of only, and
// returns a function that tells the texts of those that were typed.
func addFlags(plugins *kong.Plugins, only []string) func() map[string]string {
	var fields []reflect.StructField
	var names []string
	for _, key := range config.Keys(newSettings()) {
		if only != nil && !slices.Contains(only, key.Path) {
			continue
		}
		fieldType := reflect.TypeFor[*string]()
		if key.IsBool() {
			fieldType = reflect.TypeFor[*bool]()
		}
		names = append(names, key.Flag())
		fields = append(fields, reflect.StructField{
			Name: "F" + strconv.Itoa(len(fields)),
			Type: fieldType,
			Tag: reflect.StructTag(fmt.Sprintf(`name:%q placeholder:%q help:%q`,
				key.Flag(), strings.ToUpper(cmp.Or(key.Unit, "text")), helpLine(key))),
		})
	}
	holder := reflect.New(reflect.StructOf(fields))
	*plugins = kong.Plugins{holder.Interface()}
	return func() map[string]string {
		given := map[string]string{}
		for i, name := range names {
			if field := holder.Elem().Field(i); !field.IsNil() {
				given[name] = fmt.Sprint(field.Elem().Interface())
			}
		}
		return given
	}
}

// helpLine is what a key is, its default and its variable.
func helpLine(key *config.Key) string {
	return fmt.Sprintf("%s [%s; $$%s]", helpText(key), cmp.Or(key.String(), "none"), key.Env())
}

type serveCommand struct {
	kong.Plugins
	given func() map[string]string
}

// Help says what the list of flags cannot.
func (*serveCommand) Help() string {
	return `Settings come from a YAML file (--config), from the environment and from flags; later ones win. ` +
		`Brackets hold the default and the variable. "omezle config" prints all of them as such a file. ` +
		`Durations have a unit (500ms, 30s, 5m), sizes may have one (16384, 16KiB), lists are separated by commas.`
}

// Run runs a node until the process is told to stop.
func (c *serveCommand) Run(ctx context.Context, p *process) error {
	settings, warnings, err := loadSettings(p, c.given())
	if err != nil {
		return err
	}
	log := settings.Log.logger(p.stderr)
	for _, warning := range warnings {
		log.Warn("unknown environment variable", "problem", warning)
	}
	return serve(ctx, settings, log, p.stdout)
}

type configCommand struct {
	kong.Plugins
	given func() map[string]string
}

// Run prints the settings, then fails if they have problems.
func (c *configCommand) Run(p *process) error {
	settings := newSettings()
	keys, warnings, err := settings.load(p, c.given())
	for _, warning := range warnings {
		fmt.Fprintf(p.stderr, "omezle: %s\n", warning)
	}
	if printErr := config.Print(p.stdout, keys); printErr != nil {
		return printErr
	}
	return err
}

type versionCommand struct{}

// Run prints one line.
func (versionCommand) Run(p *process) error {
	_, err := fmt.Fprintf(p.stdout, "omezle %s (%s %s/%s)\n", buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// version is set by the linker.
var version string

// buildVersion is what the linker was told, or else what Go recorded.
func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return cmp.Or(version, info.Main.Version, "unknown")
	}
	return cmp.Or(version, "unknown")
}
