package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// module is this module's path, which import paths begin with.
const module = "omezle"

// root is the top of the source tree, seen from this package.
const root = "../.."

// sourcePackage is what `go list -json` tells of a package.
type sourcePackage struct {
	ImportPath   string
	Dir          string
	GoFiles      []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func sourcePackages(t *testing.T) []sourcePackage {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Dir,GoFiles,Imports,TestImports,XTestImports", "./...")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []sourcePackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p sourcePackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) < 5 {
		t.Fatalf("go list names %d packages only", len(packages))
	}
	return packages
}

// importRule refuses some imports between packages of this module. Paths are
// relative to the module.
type importRule struct {
	reason  string
	refuses func(from, to string) bool
}

var importRules = []importRule{
	{
		"models are the words that everybody shares; they know nobody",
		func(from, _ string) bool { return from == "models" },
	},
	{
		"what keeps the models knows the models only",
		func(from, to string) bool { return inside(from, "models/store") && !inside(to, "models") },
	},
	{
		"only cmd joins packages, so nobody may need cmd",
		func(from, to string) bool { return inside(to, "cmd") && !inside(from, "cmd") },
	},
	{
		"the client is served by cmd and needs nothing of the server",
		func(from, to string) bool { return inside(from, "web") || (inside(to, "web") && !inside(from, "cmd")) },
	},
	{
		"rooms (admin, moderation, sfu, signaling) meet in cmd, through interfaces that the one who needs something declares",
		func(from, to string) bool {
			return room(from) != "" && room(to) != "" && room(from) != room(to)
		},
	},
	{
		"rooms know the models; what keeps them is handed over by cmd behind an interface",
		func(from, to string) bool { return room(from) != "" && inside(to, "models/store") },
	},
	{
		"a child is made for its parent and does not know it",
		func(from, to string) bool {
			return from != to && inside(from, to) && !vocabulary(to) && !testHelper(from) && !inside(from, "cmd")
		},
	},
	{
		"siblings meet through an interface that the one who needs something declares, and their parent or cmd joins them",
		func(from, to string) bool {
			return room(from) != "" && room(from) == room(to) && !inside(from, to) && !inside(to, from) && !vocabulary(to) && !testHelper(from)
		},
	},
}

// vocabulary packages hold words, or the way to what everybody shares, and may
// be imported across a room.
func vocabulary(path string) bool {
	return slices.Contains([]string{"models", "signaling/protocol", "signaling/redisdb"}, path)
}

// testHelper packages start servers for tests of others.
func testHelper(path string) bool { return strings.HasSuffix(path, "test") }

func room(path string) string {
	top, _, _ := strings.Cut(path, "/")
	if slices.Contains([]string{"admin", "moderation", "sfu", "signaling"}, top) {
		return top
	}
	return ""
}

func inside(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

func TestImportsGoOneWay(t *testing.T) {
	for _, p := range sourcePackages(t) {
		from := relative(p.ImportPath)
		for _, imported := range p.Imports {
			if !inside(imported, module) {
				continue
			}
			to := relative(imported)
			if testHelper(to) && !testHelper(from) {
				t.Errorf("%s imports %s: helpers of tests stay out of the program", from, to)
			}
			for _, rule := range importRules {
				if from != to && rule.refuses(from, to) {
					t.Errorf("%s imports %s: %s", from, to, rule.reason)
				}
			}
		}
		// Tests may use helpers and fakes of anybody, and still join nothing upwards.
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if to := relative(imported); inside(imported, module) && inside(to, "cmd") && !inside(from, "cmd") {
				t.Errorf("a test of %s imports %s: tests through the whole program live in cmd", from, to)
			}
		}
	}
}

func relative(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}

func TestTheRulesOfImportsRefuseWhatTheyShould(t *testing.T) {
	for _, row := range []struct {
		from, to string
		refused  bool
	}{
		{"models", "models/store", true},
		{"models/store", "models", false},
		{"models/store", "signaling", true},
		{"models/store/storetest", "models/store", false},
		{"signaling", "models", false},
		{"signaling", "models/store", true},
		{"signaling", "signaling/match", false},
		{"signaling/match", "signaling", true},
		{"signaling/match", "signaling/bus", true},
		{"signaling/match", "signaling/redisdb", false},
		{"signaling/client", "signaling/protocol", false},
		{"signaling/redisdb/redistest", "signaling/redisdb", false},
		{"signaling/protocol/tsgen", "signaling/protocol", false},
		{"sfu", "signaling", true},
		{"sfu/relay", "sfu", true},
		{"admin", "sfu/turn", true},
		{"web", "models", true},
		{"signaling", "web", true},
		{"signaling", "cmd/omezle/config", true},
		{"cmd/omezle", "signaling/match", false},
		{"cmd/omezle/bench", "cmd/omezle", false},
	} {
		refused := slices.ContainsFunc(importRules, func(rule importRule) bool { return rule.refuses(row.from, row.to) })
		if refused != row.refused {
			t.Errorf("%s importing %s: refused %v, want %v", row.from, row.to, refused, row.refused)
		}
	}
}

// minDoc is how many words a package's documentation has at the least: what it
// owns, its goroutines and its guarantees do not fit in fewer.
const minDoc = 40

func TestEveryPackageHasADocumentOfItsOwn(t *testing.T) {
	for _, p := range sourcePackages(t) {
		if len(p.GoFiles) == 0 { // tests only
			continue
		}
		file := "doc.go"
		if len(p.GoFiles) == 1 { // a small program says it at its top
			file = p.GoFiles[0]
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Errorf("%s: every package says in doc.go what it owns: %v", relative(p.ImportPath), err)
			continue
		}
		if words := len(strings.Fields(parsed.Doc.Text())); words < minDoc {
			t.Errorf("%s: %s has %d words about the package, want %d: what it owns, its goroutines, its guarantees", relative(p.ImportPath), file, words, minDoc)
		}
	}
}

// topLevel is the closed list of architecture: rooms, and what people expect at
// a root. What git ignores may lie around as well.
var topLevel = []string{
	"cmd", "sfu", "signaling", "moderation", "models", "admin", "web", "deploy", "go.mod", "go.sum", "README.md",
	"Makefile", "LICENSE", "NOTICE", "CHANGELOG.md", "CONTRIBUTING.md", ".golangci.yml", ".editorconfig", ".gitignore", ".gitattributes", ".ci", ".git",
	"bin", "data", "var", ".tools",
}

func TestTheTopLevelIsAClosedList(t *testing.T) {
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !slices.Contains(topLevel, entry.Name()) {
			t.Errorf("%s: a new room needs a reason in CONTRIBUTING.md and a place in this list", entry.Name())
		}
	}
}

const maxLines = 500

// forbidden are texts that source files do not hold, with the reason. They are
// put together here so that this file does not hold them.
var forbidden = map[*regexp.Regexp]string{
	regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`):                "do it, or file it where work is filed",
	regexp.MustCompile(`(^|["'\s(=])/(wo` + `rk|ro` + `ot|ho` + `me)/[a-z]`): "paths of one machine mean nothing on another",
	regexp.MustCompile(`\b[tb]\.Ski` + `p(f|Now)?\(`):                        "a missing tool fails the test with the line that installs it",
	regexp.MustCompile(`\b(test|it|describe)\.(ski` + `p|onl` + `y)\(`):      "every test runs, always",
}

// skips is what a property test may do: to rapid it means that a step does not
// apply.
var skips = regexp.MustCompile(`^t\.Ski` + `p`)

func TestSourceFilesAreShortAndCarryNoLeftovers(t *testing.T) {
	generated := regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{".git", ".tools", "bin", "data", "var", "node_modules", "dist", "testdata", "test-results"}, entry.Name()) {
			return filepath.SkipDir
		}
		if entry.IsDir() || !slices.Contains([]string{".go", ".ts", ".tsx", ".mjs", ".lua", ".css", ".sql"}, filepath.Ext(path)) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, root+"/")
		if lines := bytes.Count(text, []byte("\n")); lines > maxLines && !generated.Match(text) {
			t.Errorf("%s has %d lines, the longest may have %d: one idea a file", name, lines, maxLines)
		}
		for pattern, reason := range forbidden {
			found := pattern.Find(text)
			if found == nil || skips.Match(found) && bytes.Contains(text, []byte(`"pgregory.net/rapid"`)) {
				continue
			}
			t.Errorf("%s holds %q: %s", name, bytes.TrimSpace(found), reason)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
