package protocol

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"omezle/models"
)

// Valid implements Validator; so do all of the following.
func (m *Hello) Valid() error {
	if m.Token == "" || len(m.Token) > MaxToken {
		return fmt.Errorf("token has %d bytes, wants 1 to %d", len(m.Token), MaxToken)
	}
	return nil
}

// Valid folds the interests and the language to what matching compares, and checks them.
func (m *Find) Valid() error {
	if !m.Mode.Valid() {
		return fmt.Errorf("mode %.32q is not one of %v", string(m.Mode), models.Modes)
	}
	language, err := primaryLanguage(m.Language)
	if err != nil {
		return err
	}
	m.Language = language
	m.Interests, err = foldInterests(m.Interests)
	return err
}

// Valid implements Validator.
func (m *Cancel) Valid() error { return nil }

// Valid implements Validator.
func (m *Leave) Valid() error { return validPair(m.Pair) }

// Valid implements Validator.
func (m *Report) Valid() error {
	if err := errors.Join(validClientID(m.ID), validPair(m.Pair)); err != nil {
		return err
	}
	if !m.Reason.Valid() {
		return fmt.Errorf("reason %.32q is not one of %v", string(m.Reason), models.ReportReasons)
	}
	if len(m.Still) == 0 {
		m.Still = nil
	}
	return errors.Join(validText("description", m.Description, 0, MaxDescription), validStill(m.Still))
}

// Valid implements Validator.
func (m *Block) Valid() error { return errors.Join(validClientID(m.ID), validPair(m.Pair)) }

// Valid implements Validator.
func (m *Ping) Valid() error { return nil }

// Valid implements Validator.
func (m *Bye) Valid() error { return nil }

// Valid implements Validator.
func (m *Chat) Valid() error {
	if err := errors.Join(m.Sequenced.valid(), validClientID(m.ID)); err != nil {
		return err
	}
	return validText("text", m.Text, 1, MaxText)
}

// Valid implements Validator.
func (m *Reaction) Valid() error {
	if !slices.Contains(Reactions, m.Reaction) {
		return fmt.Errorf("reaction %.32q is not one of %v", string(m.Reaction), Reactions)
	}
	return m.Sequenced.valid()
}

// Valid implements Validator.
func (m *Media) Valid() error { return m.Sequenced.valid() }

// Valid implements Validator.
func (m *Description) Valid() error {
	if err := m.Sequenced.valid(); err != nil {
		return err
	}
	sdp := m.Description.SDP
	switch m.Description.Type {
	case SDPRollback:
		if sdp != "" {
			return errors.New("a rollback has no sdp")
		}
		return nil
	case SDPOffer, SDPAnswer:
		return validSDP(sdp)
	}
	return fmt.Errorf("description type %.32q is not offer, answer or rollback", string(m.Description.Type))
}

// Valid implements Validator.
func (m *Candidate) Valid() error {
	if err := m.Sequenced.valid(); err != nil {
		return err
	}
	return m.Candidate.valid()
}

func (c *ICECandidate) valid() error {
	size := len(c.Candidate)
	for _, s := range []*string{c.SDPMid, c.UsernameFragment} {
		if s != nil {
			size += len(*s)
			if err := printable("candidate", *s); err != nil {
				return err
			}
		}
	}
	if size > MaxCandidate {
		return fmt.Errorf("candidate of %d bytes is over %d", size, MaxCandidate)
	}
	if c.Candidate != "" && !strings.HasPrefix(c.Candidate, "candidate:") && !strings.HasPrefix(c.Candidate, "a=candidate:") {
		return errors.New("candidate does not begin with candidate: (RFC 8839, 5.1)")
	}
	return printable("candidate", c.Candidate)
}

// Valid implements Validator.
func (m *Typing) Valid() error { return validPair(m.Pair) }

// Valid implements Validator.
func (m *Ack) Valid() error { return validPair(m.Pair) }

// Valid implements Validator. The server's own messages are checked where they are made; a Go client only wants their shape.
func (m *Welcome) Valid() error { return nil }

// Valid implements Validator.
func (m *Queue) Valid() error { return nil }

// Valid implements Validator.
func (m *Matched) Valid() error { return validPair(m.Pair) }

// Valid implements Validator.
func (m *Ended) Valid() error { return validPair(m.Pair) }

// Valid implements Validator.
func (m *PartnerPresence) Valid() error { return validPair(m.Pair) }

// Valid implements Validator.
func (m *Done) Valid() error { return nil }

// Valid implements Validator.
func (m *Stats) Valid() error { return nil }

// Valid implements Validator.
func (m *Pong) Valid() error { return nil }

// Valid implements Validator.
func (m *Error) Valid() error { return nil }

// Reactions lists the reactions in the order people are offered them.
var Reactions = []ReactionName{ReactionHeart, ReactionLaugh, ReactionWow, ReactionClap, ReactionWave, ReactionThumbUp}

func (s *Sequenced) valid() error {
	if s.Seq == 0 {
		return errors.New("seq begins at 1")
	}
	return validPair(s.Pair)
}

func validPair(id models.PairID) error {
	if _, err := models.ParsePairID(string(id)); err != nil {
		return errors.New("pair is not a pair id")
	}
	return nil
}

func validClientID(id string) error {
	if id == "" || len(id) > MaxClientID {
		return fmt.Errorf("id has %d bytes, wants 1 to %d", len(id), MaxClientID)
	}
	for _, c := range []byte(id) {
		if c <= ' ' || c > '~' {
			return errors.New("id has characters outside printable ASCII")
		}
	}
	return nil
}

// validText bounds text a stranger wrote. encoding/json has already made it valid UTF-8.
func validText(name, text string, shortest, longest int) error {
	if len(text) > 4*longest {
		return fmt.Errorf("%s is over %d characters", name, longest)
	}
	if n := utf8.RuneCountInString(text); n < shortest || n > longest {
		return fmt.Errorf("%s has %d characters, wants %d to %d", name, n, shortest, longest)
	}
	for _, r := range text {
		if unicode.Is(unicode.Cc, r) && r != '\n' && r != '\t' {
			return fmt.Errorf("%s has control character %U", name, r)
		}
	}
	return nil
}

// printable refuses what neither SDP (RFC 8866, 9) nor a candidate line contains.
func printable(name, s string) error {
	for _, c := range []byte(s) {
		if (c < ' ' && c != '\r' && c != '\n' && c != '\t') || c == 0x7f {
			return fmt.Errorf("%s has control character %#x", name, c)
		}
	}
	return nil
}

func primaryLanguage(tag string) (string, error) {
	if len(tag) > MaxLanguage {
		return "", fmt.Errorf("language of %d bytes is over %d", len(tag), MaxLanguage)
	}
	primary, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
	for _, c := range []byte(primary) {
		if c < 'a' || c > 'z' {
			return "", errors.New("language is not a BCP 47 tag")
		}
	}
	return primary, nil
}

// foldInterests returns the interests as matching compares them: lower case,
// single spaces, without # and control characters, each once, in the order given.
func foldInterests(interests []string) ([]string, error) {
	if len(interests) > MaxInterests {
		return nil, fmt.Errorf("%d interests are over %d", len(interests), MaxInterests)
	}
	var folded []string
	for _, s := range interests {
		if len(s) > 4*MaxInterest {
			return nil, fmt.Errorf("an interest is over %d characters", MaxInterest)
		}
		s = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				return ' '
			}
			return r
		}, s)
		s = strings.ToLower(strings.Join(strings.Fields(strings.TrimLeft(strings.TrimSpace(s), "#")), " "))
		if utf8.RuneCountInString(s) > MaxInterest {
			return nil, fmt.Errorf("an interest is over %d characters", MaxInterest)
		}
		if s != "" && !slices.Contains(folded, s) {
			folded = append(folded, s)
		}
	}
	return folded, nil
}
