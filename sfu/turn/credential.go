package turn

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what the REST credentials of every TURN server are made of; HMAC does not need collision resistance
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"omezle/models"
)

// Why a credential is refused.
var (
	ErrForeign = errors.New("turn: credential was not made here")
	ErrExpired = errors.New("turn: credential has expired")
	ErrReused  = errors.New("turn: credential is in use from elsewhere")
)

// Credentials makes and reads credentials. It is safe for concurrent use.
type Credentials struct {
	secret []byte
	ttl    time.Duration
}

// NewCredentials returns the credentials of those who know secret.
func NewCredentials(secret []byte, ttl time.Duration) *Credentials {
	return &Credentials{secret: secret, ttl: ttl}
}

// Issue returns a credential of session that expires ttl after now.
func (c *Credentials) Issue(session models.SessionID, now time.Time) (username, password string) {
	username = strconv.FormatInt(now.Add(c.ttl).Unix(), 10) + ":" + string(session)
	return username, c.password(username)
}

func (c *Credentials) password(username string) string {
	mac := hmac.New(sha1.New, c.secret)
	mac.Write([]byte(username))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

const maxUsername = 64 // bytes; ours have 31

// parse reads a user name. It proves nothing: the password does.
func parse(username string) (session models.SessionID, expires time.Time, err error) {
	if len(username) > maxUsername {
		return "", time.Time{}, ErrForeign
	}
	seconds, id, _ := strings.Cut(username, ":")
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return "", time.Time{}, ErrForeign
	}
	if session, err = models.ParseSessionID(id); err != nil {
		return "", time.Time{}, ErrForeign
	}
	return session, time.Unix(unix, 0), nil
}
