package web

import (
	"net/http"
	"strings"
)

// contentSecurityPolicy allows what the client is made of and nothing else.
// connect-src 'self' covers websockets of the same origin (CSP 3, 6.7.2.8);
// wasm-unsafe-eval is for the image classifier; blob: is for its worker, for
// pictures taken in the browser and for recorded evidence shown to staff.
var contentSecurityPolicy = strings.Join([]string{
	"default-src 'self'",
	"script-src 'self' 'wasm-unsafe-eval'",
	"style-src 'self'",
	"img-src 'self' data: blob:",
	"media-src 'self' blob:",
	"connect-src 'self'",
	"worker-src 'self' blob:",
	"object-src 'none'",
	"frame-ancestors 'none'",
	"base-uri 'none'",
	"form-action 'self'",
}, "; ")

// permissionsPolicy gives our own pages what a call needs and refuses the rest.
var permissionsPolicy = strings.Join([]string{
	"camera=(self)", "microphone=(self)", "display-capture=()", "picture-in-picture=(self)", "fullscreen=(self)",
	"autoplay=(self)", "screen-wake-lock=(self)", "geolocation=()", "payment=()", "usb=()", "midi=()",
}, ", ")

// hstsYear asks browsers to come back by HTTPS only, for a year (RFC 6797).
const hstsYear = "max-age=31536000"

// Headers adds the security headers of the client's pages to every answer of
// next. Strict-Transport-Security is sent only over TLS, as RFC 6797, 7.2 asks;
// behind a proxy that ends TLS, the proxy adds it.
func Headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("Permissions-Policy", permissionsPolicy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if r.TLS != nil {
			h.Set("Strict-Transport-Security", hstsYear)
		}
		next.ServeHTTP(w, r)
	})
}
