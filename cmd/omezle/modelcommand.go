package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"omezle/moderation/onnx"
)

// modelCommand is about the network that judges frames.
type modelCommand struct {
	Build  modelBuild  `cmd:"" help:"Make the bundled model for server and browser, and fetch the library that runs it."`
	Verify modelVerify `cmd:"" help:"Check the model's files, load it and let it judge two test patterns."`
	Info   modelInfo   `cmd:"" help:"Tell what the model is, where it comes from and where it is."`
}

// modelFlags name a model; what is left out is found as a node finds it.
type modelFlags struct {
	Model   string `placeholder:"FILE" help:"ONNX model [var/model/model.onnx, here or beside the program]"`
	Library string `placeholder:"FILE" help:"libonnxruntime [beside the model]"`
}

func (f modelFlags) config() onnx.Config {
	c := onnx.DefaultConfig()
	c.Model, c.Library = f.Model, f.Library
	return c
}

type modelBuild struct {
	Nsfwjs  string `name:"nsfwjs" placeholder:"DIR" help:"The npm package nsfwjs, unpacked [web/node_modules/nsfwjs]"`
	Server  string `placeholder:"DIR" help:"Gets model.onnx and the library [var/model]"`
	Browser string `placeholder:"DIR" help:"Gets model.json and weights.bin [web/public/model]"`
}

// Help says when to use it.
func (*modelBuild) Help() string {
	return `make does this by itself. It is for the folder of the source; what is there and right is left as it is. ` +
		`The library is taken out of the npm package onnxruntime-node (86 MB), which npm fetches.`
}

// Run makes the files.
func (c *modelBuild) Run(ctx context.Context, p *process) error {
	places := onnx.PlacesIn(".")
	places.Package = cmp.Or(c.Nsfwjs, places.Package)
	places.Server = cmp.Or(c.Server, places.Server)
	places.Browser = cmp.Or(c.Browser, places.Browser)
	if err := onnx.Build(ctx, places); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.stdout, "Model and library are in %s, the browser's files in %s.\n", places.Server, places.Browser)
	return err
}

type modelVerify struct {
	modelFlags `embed:""`
	Browser    string `placeholder:"DIR" help:"Folder of the browser's files, checked if it is there [web/public/model]"`
}

// Run checks the files and runs the self-test.
func (c *modelVerify) Run(ctx context.Context, p *process) (err error) {
	classifier, err := onnx.Open(c.config(), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, classifier.Close()) }()
	info := classifier.Info()
	if err := info.Check(); err != nil {
		return err
	}
	browser := cmp.Or(c.Browser, onnx.PlacesIn(".").Browser)
	if _, err := os.Stat(browser); err == nil || c.Browser != "" {
		if err := onnx.CheckBrowser(browser); err != nil {
			return err
		}
	}
	if err := classifier.SelfTest(ctx); err != nil {
		return err
	}
	printModel(p.stdout, info)
	_, err = fmt.Fprintln(p.stdout, "The files are as they were made, and the model judges the test patterns as it should.")
	return err
}

type modelInfo struct {
	modelFlags `embed:""`
	JSON       bool `name:"json" help:"Print JSON."`
}

// Run tells about the model. Its library is loaded to tell its version; a model without one is told about too.
func (c *modelInfo) Run(p *process) error {
	info, err := onnx.Inspect(c.config())
	if err != nil {
		return err
	}
	if classifier, err := onnx.Open(c.config(), slog.New(slog.DiscardHandler)); err != nil {
		fmt.Fprintf(p.stderr, "omezle: it cannot be run: %v\n", err)
	} else {
		info = classifier.Info()
		if err := classifier.Close(); err != nil {
			return err
		}
	}
	if c.JSON {
		return printJSON(p.stdout, info)
	}
	printModel(p.stdout, info)
	return nil
}

func printModel(w io.Writer, info onnx.Info) {
	rows := [][]string{
		{"Model", info.Name}, {"Version", info.Version}, {"Source", info.Source}, {"Licence", info.Licence},
		{"Classes", strings.Join(info.Classes, ", ")}, {"Size", strconv.Itoa(info.Size)}, {"SHA-256", info.SHA256},
		{"File", info.Model}, {"Library", cmp.Or(info.Library, "none")}, {"ONNX Runtime", cmp.Or(info.Runtime, "not loaded")},
	}
	for _, row := range rows {
		fmt.Fprintf(w, "%-13s %s\n", row[0], oneLine(row[1]))
	}
}
