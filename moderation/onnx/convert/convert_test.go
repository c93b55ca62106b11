package convert

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// installed is the npm package in this working copy.
const installed = "../../../web/node_modules/nsfwjs"

// packageFiles are the files that the conversion reads, to be spoilt by a test.
func packageFiles(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{
		"package.json", "dist/models/mobilenet_v2_mid/model.min.js",
		"dist/models/mobilenet_v2_mid/group1-shard1of2.min.js", "dist/models/mobilenet_v2_mid/group1-shard2of2.min.js",
	} {
		data, err := fs.ReadFile(os.DirFS(installed), name)
		if err != nil {
			t.Fatalf("%v: run `cd web && npm install`", err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	return files
}

func TestTheInstalledPackageGivesTheFilesThatWereChecked(t *testing.T) {
	model, err := Convert(packageFiles(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(model.Browser) != 2 || len(model.Server) != 1 {
		t.Errorf("%d and %d files", len(model.Browser), len(model.Server))
	}
	var browser struct {
		Format          string
		WeightsManifest []struct{ Paths []string }
	}
	if err := json.Unmarshal(model.Browser[ModelJSON], &browser); err != nil {
		t.Fatal(err)
	}
	if browser.Format != "graph-model" || len(browser.WeightsManifest) != 1 || len(browser.WeightsManifest[0].Paths) != 1 ||
		browser.WeightsManifest[0].Paths[0] != Weights {
		t.Errorf("the browser is told %+v", browser)
	}
}

func TestAPackageThatIsNotAsExpectedIsRefused(t *testing.T) {
	const model = "dist/models/mobilenet_v2_mid/model.min.js"
	const shard = "dist/models/mobilenet_v2_mid/group1-shard2of2.min.js"
	for _, row := range []struct {
		name, file, old, new string
		want                 error
	}{
		{"another version", "package.json", `"version": "4.4.0"`, `"version": "4.4.1"`, ErrPackage},
		{"another licence", "package.json", `"license": "MIT"`, `"license": "GPL-3.0"`, ErrPackage},
		{"not a package", "package.json", `"name"`, `name`, ErrPackage},
		{"another weight", shard, `ABQ=="`, `ABR=="`, nil}, // bits beyond the last byte
		{"weights cut short", shard, `exports="`, `exports="";"`, nil},
		{"fewer weights", model, `"group1-shard2of2"`, `"group1-shard2of2","group1-shard2of2"`, nil},
		{"a path outside", model, `"group1-shard1of2"`, `"../../../package.json"`, nil},
		{"an operation that is not known", model, `op:"Softmax"`, `op:"Sigmoid"`, nil},
		{"an attribute with another value", model, `padding:{s:"VkFMSUQ="}`, `padding:{s:"U0FNRQ=="}`, nil},
		{"other arithmetic", model, `min:-6.255818266027114`, `min:-6.255818266027115`, ErrChecksum},
		{"code instead of a literal", model, `exports={format:`, `exports={format:f()+`, nil},
		{"code after the literal", shard, `"},{}]}`, `",process.exit()},{}]}`, nil},
		{"a field that is not known", model, `exports={format:`, `exports={more:1,format:`, nil},
		{"a node that needs itself", model, `name:"Identity",op:"Identity",input:["`, `name:"Identity",op:"Identity",input:["Identity","`, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			files := packageFiles(t)
			spoilt := bytes.ReplaceAll(files[row.file].Data, []byte(row.old), []byte(row.new))
			if bytes.Equal(spoilt, files[row.file].Data) {
				t.Fatalf("%s does not hold %q", row.file, row.old)
			}
			files[row.file] = &fstest.MapFile{Data: spoilt}
			_, err := Convert(files)
			if err == nil || (row.want != nil && !errors.Is(err, row.want)) {
				t.Errorf("error %v, want %v", err, row.want)
			}
			t.Log(err)
		})
	}
	t.Run("nothing there", func(t *testing.T) {
		if _, err := Convert(fstest.MapFS{}); !errors.Is(err, ErrPackage) || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error %v", err)
		}
	})
}

const wrapping = `!function(e){module.exports=e()}(function(){return function(){}({1:[function(a,b,c){b.exports=`

func TestLiteralsBecomeJSON(t *testing.T) {
	for _, row := range []struct{ literal, want string }{
		{`{a:1,"b-c":[.5,-.25,-0,1e-7,-1.5E+3],$d:'it"s',e:!0,f:!1,g:null,h:{},i:[]}`,
			`{"a":1,"b-c":[0.5,-0.25,-0,1e-7,-1.5E+3],"$d":"it\"s","e":true,"f":false,"g":null,"h":{},"i":[]}`},
		{`"a\nb\"c\\d"`, `"a\nb\"c\\d"`},
		{`true`, `true`},
		{`""`, `""`},
	} {
		got, err := exported([]byte(wrapping + row.literal + closing + "\n"))
		if err != nil || string(got) != row.want || !json.Valid(got) {
			t.Errorf("%s: %s, %v", row.literal, got, err)
		}
	}
}

func TestWhatIsNoLiteralIsRefused(t *testing.T) {
	for _, literal := range []string{
		``, `f()`, `{a:1,}`, `{a 1}`, `[1 2]`, `[1,]`, `"\u0041"`, `"` + "\n" + `"`, `"unterminated`, `01`, `1.`, `+1`, `--1`, `0x10`,
		"`a`", `undefined`, `{"a":}`, `{1:2}`, `1n`, `/a/`, `"` + "\xff" + `"`, strings.Repeat("[", maxDepth+2) + strings.Repeat("]", maxDepth+2),
	} {
		if got, err := exported([]byte(wrapping + literal + closing)); err == nil {
			t.Errorf("%q became %s", literal, got)
		}
	}
	for _, bundle := range []string{
		`({1:[function(a,b,c){a.exports=1` + closing, // not its second argument
		wrapping + `1}`, strings.Repeat(" ", preamble) + wrapping + `1` + closing, wrapping + `1` + closing + `alert()`,
	} {
		if got, err := exported([]byte(bundle)); err == nil {
			t.Errorf("%.100q gives %s", bundle, got)
		}
	}
}

func FuzzLiteral(f *testing.F) {
	for _, literal := range []string{`{a:[.5,!0,null],"b":'x"'}`, `"\\"`, `[[[]]]`, `-1e5`, `"é"`} {
		f.Add([]byte(literal))
	}
	f.Fuzz(func(t *testing.T, literal []byte) {
		got, err := exported(append(append([]byte(wrapping), literal...), closing...))
		if err == nil && !json.Valid(got) {
			t.Errorf("%q became %q, which is no JSON", literal, got)
		}
	})
}
