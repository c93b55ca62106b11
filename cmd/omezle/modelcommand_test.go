package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"omezle/moderation/onnx"
	"omezle/moderation/onnx/onnxtest"
)

func TestModelVerifyAndInfoTellAboutTheModel(t *testing.T) {
	made := onnxtest.Model(t)
	files := []string{"--model=" + made.Model, "--library=" + made.Library}
	browser := onnx.PlacesIn(onnxtest.Root(t)).Browser
	out, err := command(t, "", append([]string{"model", "verify", "--browser=" + browser}, files...)...)
	if err != nil || !strings.Contains(out, "judges the test patterns as it should") || !strings.Contains(out, "nsfwjs@4.4.0/mobilenet_v2_mid+") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = command(t, "", append([]string{"model", "info", "--json"}, files...)...)
	if err != nil {
		t.Fatal(err)
	}
	var info onnx.Info
	if err := json.Unmarshal([]byte(out), &info); err != nil {
		t.Fatal(err)
	}
	if len(info.Classes) != 5 || info.Licence != "MIT" || len(info.SHA256) != 64 || info.Model != made.Model || info.Runtime != "1.24.3" {
		t.Errorf("%+v", info)
	}
}

func TestModelVerifySaysWhatIsWrong(t *testing.T) {
	made := onnxtest.Model(t)
	model, err := os.ReadFile(made.Model)
	if err != nil {
		t.Fatal(err)
	}
	model[len(model)/2] ^= 1 // a weight
	spoilt := filepath.Join(t.TempDir(), "model.onnx")
	if err := os.WriteFile(spoilt, model, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, reason string
		flags        []string
	}{
		{"a spoilt model", "is not as it was made", []string{"--model=" + spoilt, "--library=" + made.Library}},
		{"no model", "omezle model build", []string{"--model=" + filepath.Join(t.TempDir(), "none")}},
		{"no library", "omezle model build", []string{"--model=" + made.Model, "--library=" + filepath.Join(t.TempDir(), "none")}},
		{"no files for browsers", "model.json", []string{"--model=" + made.Model, "--library=" + made.Library, "--browser=" + t.TempDir()}},
	} {
		if _, err := command(t, "", append([]string{"model", "verify"}, row.flags...)...); err == nil || !strings.Contains(err.Error(), row.reason) {
			t.Errorf("%s: %v, want %q", row.name, err, row.reason)
		}
	}
}

func TestModelBuildWithoutThePackageSaysWhatToDo(t *testing.T) {
	folder := t.TempDir()
	_, err := command(t, "", "model", "build", "--nsfwjs="+folder, "--server="+filepath.Join(folder, "s"), "--browser="+filepath.Join(folder, "b"))
	if err == nil || !strings.Contains(err.Error(), "npm install") {
		t.Error(err)
	}
}
