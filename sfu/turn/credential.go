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

// checkTTL is how long a credential of IssueCheck can be used: for one look at the ways, without a person in between.
const checkTTL = time.Minute

// checkMark ends the user name of such a credential.
const checkMark = ":check"

// IssueCheck returns a credential that proves that this server can be reached, and is good for nothing else: who has it
// makes relays, which reach nobody, and after its end they are not renewed. It may be given to whoever asks.
func (c *Credentials) IssueCheck(session models.SessionID, now time.Time) (username, password string) {
	username = strconv.FormatInt(now.Add(min(checkTTL, c.ttl)).Unix(), 10) + ":" + string(session) + checkMark
	return username, c.password(username)
}

func (c *Credentials) password(username string) string {
	mac := hmac.New(sha1.New, c.secret)
	mac.Write([]byte(username))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

const maxUsername = 64 // bytes; ours have 31, or 37

// grant is what a user name says.
type grant struct {
	session models.SessionID
	expires time.Time
	check   bool // see IssueCheck
}

// parse reads a user name. It proves nothing: the password does.
func parse(username string) (grant, error) {
	if len(username) > maxUsername {
		return grant{}, ErrForeign
	}
	seconds, id, _ := strings.Cut(username, ":")
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return grant{}, ErrForeign
	}
	id, check := strings.CutSuffix(id, checkMark)
	session, err := models.ParseSessionID(id)
	if err != nil {
		return grant{}, ErrForeign
	}
	return grant{session: session, expires: time.Unix(unix, 0), check: check}, nil
}
