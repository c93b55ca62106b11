package signaling

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
)

// Token errors, as hello and POST /api/session tell them apart.
var (
	ErrToken        = errors.New("signaling: token is not one of ours")
	ErrTokenExpired = errors.New("signaling: token is too old")
)

// deviceTokenTTL is how long a browser that stays away is remembered: the longest a browser keeps what a site stored.
const deviceTokenTTL = 400 * 24 * time.Hour

// Tokens signs and checks session and device tokens: base64url(JSON claims)
// "." base64url(HMAC-SHA256). Each kind has its own key derived from the
// secret, so that one is never taken for another. Safe for concurrent use.
type Tokens struct {
	session, device []byte
}

// SessionClaims is what a session token says.
type SessionClaims struct {
	Session models.SessionID `json:"s"`
	Device  models.DeviceID  `json:"d"`
	Consent string           `json:"c"`
	Issued  int64            `json:"i"`           // Unix seconds
	New     bool             `json:"n,omitempty"` // the device was made with this session, so nobody is blocked by it
	Since   int64            `json:"a,omitempty"` // when the device was made, Unix seconds
}

type deviceClaims struct {
	Device models.DeviceID `json:"d"`
	Issued int64           `json:"i"`
	Since  int64           `json:"a,omitempty"` // when it was made
}

// NewTokens derives the keys. The secret wants 32 bytes or more and is the same on all nodes.
func NewTokens(secret []byte) (*Tokens, error) {
	if len(secret) < 32 {
		return nil, fmt.Errorf("signaling: secret of %d bytes is under 32", len(secret))
	}
	derive := func(purpose string) []byte {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte("omezle token " + purpose))
		return mac.Sum(nil)
	}
	return &Tokens{session: derive("session"), device: derive("device")}, nil
}

// Session signs a session token.
func (t *Tokens) Session(claims SessionClaims) string { return sign(t.session, claims) }

// ParseSession checks a session token; ttl is counted from when it was issued.
func (t *Tokens) ParseSession(token string, now time.Time, ttl time.Duration) (SessionClaims, error) {
	var claims SessionClaims
	if err := open(t.session, token, &claims); err != nil {
		return SessionClaims{}, err
	}
	if now.Sub(time.Unix(claims.Issued, 0)) > ttl {
		return SessionClaims{}, ErrTokenExpired
	}
	return claims, nil
}

// Device signs a device token. since is when the device was made.
func (t *Tokens) Device(id models.DeviceID, since, now time.Time) string {
	return sign(t.device, deviceClaims{Device: id, Issued: now.Unix(), Since: since.Unix()})
}

// ParseDevice checks a device token and returns when the device was made.
func (t *Tokens) ParseDevice(token string, now time.Time) (id models.DeviceID, since time.Time, err error) {
	var claims deviceClaims
	if err := open(t.device, token, &claims); err != nil {
		return "", time.Time{}, err
	}
	if now.Sub(time.Unix(claims.Issued, 0)) > deviceTokenTTL {
		return "", time.Time{}, ErrTokenExpired
	}
	if claims.Since == 0 {
		claims.Since = claims.Issued
	}
	return claims.Device, time.Unix(claims.Since, 0), nil
}

func sign(key []byte, claims any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err) // plain structs of strings and numbers
	}
	text := base64.RawURLEncoding.EncodeToString(payload)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func open(key []byte, token string, claims any) error {
	if len(token) > protocol.MaxToken {
		return ErrToken
	}
	text, signature, ok := strings.Cut(token, ".")
	if !ok {
		return ErrToken
	}
	given, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		return ErrToken
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	if !hmac.Equal(given, mac.Sum(nil)) {
		return ErrToken
	}
	payload, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return ErrToken
	}
	if err := json.Unmarshal(payload, claims); err != nil {
		return ErrToken
	}
	return nil
}
