package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

const (
	cacheForever = "public, max-age=31536000, immutable"
	cacheAsk     = "no-cache" // keep it, but ask each time

	minCompressed = 1 << 10 // bytes under which a second body is not worth its place
)

// asset is one file of the client, in each form it can be sent.
type asset struct {
	contentType  string
	cacheControl string
	bodies       map[string]body // by content coding; "" is the file as it is
}

type body struct {
	bytes []byte
	etag  string
}

// codings in order of preference, with the suffix of a file that holds one.
var codings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

// Handler serves the client in files, normally Files(). A tree without
// index.html is a client that was never built: every request for a page is
// answered 503 with the way to build it.
func Handler(files fs.FS) (http.Handler, error) {
	assets, err := load(files)
	if err != nil {
		return nil, fmt.Errorf("web: read client: %w", err)
	}
	if _, built := assets["index.html"]; !built {
		return Headers(http.HandlerFunc(serveNotBuilt)), nil
	}
	return Headers(client(assets)), nil
}

func load(files fs.FS) (map[string]*asset, error) {
	assets := map[string]*asset{}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		coding := ""
		for _, c := range codings {
			if plain, ok := strings.CutSuffix(name, c.suffix); ok {
				name, coding = plain, c.name
			}
		}
		if assets[name] == nil {
			assets[name] = newAsset(name)
		}
		assets[name].bodies[coding] = newBody(content)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for name, a := range assets {
		if _, ok := a.bodies[""]; !ok { // a compressed file whose plain one is gone
			delete(assets, name)
		} else if _, ok := a.bodies["gzip"]; !ok {
			a.compress()
		}
	}
	return assets, nil
}

func newBody(content []byte) body {
	sum := sha256.Sum256(content)
	return body{bytes: content, etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
}

// compress adds what gzip makes of a text, if it is worth it: when the build did
// not compress, requests still need not wait for it.
func (a *asset) compress() {
	plain := a.bodies[""].bytes
	if len(plain) < minCompressed || !compressible(a.contentType) {
		return
	}
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	_, _ = zip.Write(plain) // a bytes.Buffer takes everything
	_ = zip.Close()
	if out.Len() < len(plain)*9/10 {
		a.bodies["gzip"] = newBody(out.Bytes())
	}
}

func compressible(contentType string) bool {
	return strings.HasPrefix(contentType, "text/") || slices.Contains([]string{"application/json", "application/wasm", "application/manifest+json", "image/svg+xml"}, contentType)
}

// types are those that the operating system's table may lack or get wrong.
var types = map[string]string{
	".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8", ".svg": "image/svg+xml", ".json": "application/json", ".map": "application/json",
	".wasm": "application/wasm", ".woff2": "font/woff2", ".webmanifest": "application/manifest+json", ".bin": "application/octet-stream",
	".png": "image/png", ".ico": "image/x-icon", ".webp": "image/webp", ".txt": "text/plain; charset=utf-8",
}

func newAsset(name string) *asset {
	a := &asset{contentType: types[path.Ext(name)], cacheControl: cacheAsk, bodies: map[string]body{}}
	if a.contentType == "" {
		a.contentType = mime.TypeByExtension(path.Ext(name))
	}
	if a.contentType == "" {
		a.contentType = "application/octet-stream"
	}
	if strings.HasPrefix(name, "assets/") {
		a.cacheControl = cacheForever
	}
	return a
}

// client serves assets by their path.
type client map[string]*asset

func (c client) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "This address is only for reading.", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	found, ok := c[name]
	if !ok && path.Ext(name) == "" {
		found, ok = c["index.html"], true // a route of the client
	}
	if !ok {
		w.Header().Set("Cache-Control", cacheAsk)
		http.Error(w, "There is no such file.", http.StatusNotFound)
		return
	}
	found.serve(w, r)
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	chosen, coding := a.bodies[""], ""
	for _, c := range codings {
		if b, ok := a.bodies[c.name]; ok && accepts(r.Header.Get("Accept-Encoding"), c.name) {
			chosen, coding = b, c.name
			break
		}
	}
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", a.cacheControl)
	h.Set("Etag", chosen.etag)
	if len(a.bodies) > 1 {
		h.Set("Vary", "Accept-Encoding")
	}
	if coding != "" {
		h.Set("Content-Encoding", coding)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(chosen.bytes))
}

// accepts reports whether an Accept-Encoding header names coding and does not
// refuse it with a weight of zero.
func accepts(header, coding string) bool {
	for item := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(item, ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		q, found := strings.CutPrefix(strings.TrimSpace(weight), "q=")
		return !found || strings.Trim(q, "0.") != ""
	}
	return false
}

const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Omezle: the client is not built</title>
<h1>The client is not built</h1>
<p>This server runs, but the pages were not compiled into it. In the source folder, run</p>
<pre>make run</pre>
<p>or, to build without starting it, <code>make build</code>. Both need Go and Node.</p>
</html>
`

func serveNotBuilt(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte(notBuilt)) // the reader is gone; nobody else cares
}
