package web_test

import (
	"compress/gzip"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"omezle/web"
)

func built() fstest.MapFS {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return fstest.MapFS{
		".keep":                     file(""),
		"index.html":                file("<!doctype html>page"),
		"favicon.svg":               file("<svg/>"),
		"assets/main-abc123.js":     file("plain script"),
		"assets/main-abc123.js.br":  file("brotli script"),
		"assets/main-abc123.js.gz":  file("gzip script"),
		"assets/engine-abc123.wasm": file("wasm"),
		"assets/orphan.css.gz":      file("gzip style"),
	}
}

func get(t *testing.T, files fstest.MapFS, target string, headers ...string) *http.Response {
	t.Helper()
	handler, err := web.Handler(files)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	var b strings.Builder
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(b.String(), "\r\n\r\n")
	return body
}

func TestEachPathGetsItsFile(t *testing.T) {
	for _, row := range []struct {
		name, path            string
		status                int
		contentType, caching  string
		body                  string
		acceptEncoding, coded string
	}{
		{name: "the page", path: "/", status: 200, contentType: "text/html; charset=utf-8", caching: "no-cache", body: "page"},
		{name: "a route of the client", path: "/console/flags", status: 200, contentType: "text/html; charset=utf-8", caching: "no-cache", body: "page"},
		{name: "a file that keeps its name", path: "/favicon.svg", status: 200, contentType: "image/svg+xml", caching: "no-cache", body: "<svg/>"},
		{name: "a hashed file", path: "/assets/main-abc123.js", status: 200, contentType: "text/javascript; charset=utf-8", caching: "public, max-age=31536000, immutable", body: "plain script"},
		{name: "a module of machine code", path: "/assets/engine-abc123.wasm", status: 200, contentType: "application/wasm", caching: "public, max-age=31536000, immutable", body: "wasm"},
		{name: "brotli before gzip", path: "/assets/main-abc123.js", acceptEncoding: "gzip, deflate, br", status: 200, contentType: "text/javascript; charset=utf-8", caching: "public, max-age=31536000, immutable", body: "brotli script", coded: "br"},
		{name: "gzip for who refuses brotli", path: "/assets/main-abc123.js", acceptEncoding: "br;q=0, gzip;q=0.5", status: 200, contentType: "text/javascript; charset=utf-8", caching: "public, max-age=31536000, immutable", body: "gzip script", coded: "gzip"},
		{name: "a missing file", path: "/assets/main-old.js", status: 404, contentType: "text/plain; charset=utf-8", caching: "no-cache", body: "no such file"},
		{name: "a compressed sibling by name", path: "/assets/main-abc123.js.br", status: 404, contentType: "text/plain; charset=utf-8", caching: "no-cache", body: "no such file"},
		{name: "a compressed file without its plain one", path: "/assets/orphan.css", acceptEncoding: "gzip", status: 404, contentType: "text/plain; charset=utf-8", caching: "no-cache", body: "no such file"},
		{name: "a hidden file", path: "/.keep", status: 404, contentType: "text/plain; charset=utf-8", caching: "no-cache", body: "no such file"},
		{name: "a climbing path", path: "/assets/../../embed.go", status: 404, contentType: "text/plain; charset=utf-8", caching: "no-cache", body: "no such file"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := get(t, built(), row.path, "Accept-Encoding", row.acceptEncoding)
			if r.StatusCode != row.status || r.Header.Get("Content-Type") != row.contentType || r.Header.Get("Cache-Control") != row.caching || r.Header.Get("Content-Encoding") != row.coded {
				t.Errorf("got %d %v", r.StatusCode, r.Header)
			}
			if body := text(t, r); !strings.Contains(body, row.body) {
				t.Errorf("got body %q", body)
			}
		})
	}
}

func TestTextsThatTheBuildDidNotCompressAreSentCompressed(t *testing.T) {
	long := strings.Repeat("let a = 1\n", 1000)
	files := fstest.MapFS{
		"index.html":       &fstest.MapFile{Data: []byte("short")},
		"assets/app-1.js":  &fstest.MapFile{Data: []byte(long)},
		"assets/pic-1.png": &fstest.MapFile{Data: []byte(long)},
	}
	r := get(t, files, "/assets/app-1.js", "Accept-Encoding", "gzip")
	if r.Header.Get("Content-Encoding") != "gzip" || r.Header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("got %v", r.Header)
	}
	zip, err := gzip.NewReader(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(zip); err != nil || string(plain) != long {
		t.Errorf("the script did not survive: %v", err)
	}
	for _, path := range []string{"/", "/assets/pic-1.png"} {
		if r := get(t, files, path, "Accept-Encoding", "gzip"); r.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s was compressed for nothing", path)
		}
	}
	if r := get(t, files, "/assets/app-1.js"); text(t, r) != long {
		t.Error("whoever takes no gzip gets none")
	}
}

func TestAKnownFileIsNotSentAgain(t *testing.T) {
	first := get(t, built(), "/")
	if again := get(t, built(), "/", "If-None-Match", first.Header.Get("Etag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("got %d, want 304", again.StatusCode)
	}
	changed := built()
	changed["index.html"].Data = []byte("another page")
	if again := get(t, changed, "/", "If-None-Match", first.Header.Get("Etag")); again.StatusCode != http.StatusOK {
		t.Errorf("got %d for a changed page, want 200", again.StatusCode)
	}
}

func TestOnlyReadingIsAllowed(t *testing.T) {
	handler, err := web.Handler(built())
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("got %d %v", w.Code, w.Header())
	}
}

func TestAClientThatWasNeverBuiltSaysHowToBuildIt(t *testing.T) {
	r := get(t, fstest.MapFS{".keep": &fstest.MapFile{}}, "/")
	if r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text(t, r), "make run") {
		t.Errorf("got %d", r.StatusCode)
	}
}

func TestTheEmbeddedTreeIsServedBuiltOrNot(t *testing.T) {
	if _, err := web.Handler(web.Files()); err != nil {
		t.Fatal(err)
	}
}

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	for _, path := range []string{"/", "/assets/main-abc123.js", "/missing.js"} {
		h := get(t, built(), path).Header
		for name, part := range map[string]string{
			"Content-Security-Policy":    "script-src 'self' 'wasm-unsafe-eval';",
			"Permissions-Policy":         "camera=(self)",
			"Referrer-Policy":            "no-referrer",
			"X-Content-Type-Options":     "nosniff",
			"Cross-Origin-Opener-Policy": "same-origin",
		} {
			if !strings.Contains(h.Get(name), part) {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		if strings.Contains(h.Get("Content-Security-Policy"), "unsafe-inline") {
			t.Errorf("%s: inline code is allowed", path)
		}
	}
}

func TestStrictTransportSecurityIsSentOverTLSOnly(t *testing.T) {
	if h := get(t, built(), "/").Header.Get("Strict-Transport-Security"); h != "" {
		t.Errorf("plain HTTP sent %q", h)
	}
	handler, err := web.Handler(built())
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "https://chat.example/", nil)
	r.TLS = &tls.ConnectionState{}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if h := w.Header().Get("Strict-Transport-Security"); h != "max-age=31536000" {
		t.Errorf("TLS sent %q", h)
	}
}
