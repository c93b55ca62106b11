package doctor

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/gorilla/websocket"

	"omezle/signaling/protocol"
)

const passSockets = "let the proxy pass websockets on /ws: HTTP/1.1 to the node with the headers Upgrade, Connection and Sec-WebSocket-Protocol"

// sockets opens websockets as a page of the site does, as a program does, and as a page of another site does.
func (s *Site) sockets(ctx context.Context, a *Area) {
	origin := s.url.String()
	if !s.socket(ctx, a, "") {
		return
	}
	if status, _, err := s.open(ctx, origin); err != nil {
		fix := "add " + origin + " to public_origins"
		if status != http.StatusForbidden {
			fix = passSockets
		}
		a.Fail("origin", fmt.Sprintf("pages of %s may not open a websocket: status %d", origin, status), fix)
		return
	}
	switch status, _, err := s.open(ctx, "https://elsewhere.invalid"); {
	case err == nil:
		a.Fail("origin", "a page of any other site may open a websocket in a visitor's name", "set public_origins to "+origin+", and let the proxy pass Host and Origin on as they are")
	case status == http.StatusForbidden:
		a.OK("origin", "pages of %s are let in, those of other sites are not", origin)
	default:
		a.Warn("origin", fmt.Sprintf("a page of another site got status %d, not 403", status), "see which proxy answers in the node's place")
	}
}

func (s *Site) socket(ctx context.Context, a *Area, origin string) bool {
	status, body, err := s.open(ctx, origin)
	switch {
	case err == nil:
		a.OK("websocket", "%s is spoken on /ws", protocol.Subprotocol)
		return true
	case status == http.StatusUpgradeRequired || strings.Contains(body, "subprotocol"):
		a.Fail("websocket", "the name of the protocol gets lost on the way", passSockets)
	case status == http.StatusServiceUnavailable && strings.Contains(body, "draining"):
		a.Warn("websocket", "the node drains and takes nobody new", "ask again when another one runs")
	case status == 0:
		a.Fail("websocket", err.Error(), passSockets)
	default:
		a.Fail("websocket", fmt.Sprintf("/ws came as %d instead of 101", status), passSockets)
	}
	return false
}

// open opens a websocket and closes it. Without one it returns the status and the beginning of the body, if any.
func (s *Site) open(ctx context.Context, origin string) (status int, body string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	dialer := websocket.Dialer{Subprotocols: []string{protocol.Subprotocol}, TLSClientConfig: s.config.Clone(), HandshakeTimeout: patience}
	header := http.Header{}
	if origin != "" {
		header.Set("Origin", origin)
	}
	ws, response, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(s.url.String(), "http")+"/ws", header)
	if response != nil {
		status = response.StatusCode
		defer response.Body.Close()
		if err != nil {
			text, _ := io.ReadAll(io.LimitReader(response.Body, 1024)) // what there is of it helps
			return status, string(text), err
		}
	}
	if err != nil {
		return 0, "", err
	}
	defer ws.Close() //nolint:errcheck // only opened
	if ws.Subprotocol() != protocol.Subprotocol {
		return status, "subprotocol", fmt.Errorf("speaks %q", ws.Subprotocol())
	}
	return status, "", nil
}
