package signaling

import (
	"context"
	"net/http"
	"time"

	"omezle/models"
	"omezle/signaling/protocol"
	"omezle/signaling/socket"
)

// Bans is where bans are kept.
type Bans interface {
	CreateBan(ctx context.Context, ban *models.BannedIP) error
	// DeviceBan returns the ban that keeps a device out, if there is one.
	DeviceBan(ctx context.Context, device models.DeviceID, now time.Time) (ban models.BannedIP, found bool, err error)
	// LiftBansFor ends the bans that were made because of a flag, by one member of staff if it is named.
	LiftBansFor(ctx context.Context, flag models.FlagID, by models.StaffID) (int, error)
}

const (
	// banTimeout bounds the look-up of a newcomer's ban: when it takes longer they come in.
	banTimeout = 500 * time.Millisecond
	// freshFor is how long after its making a session is not looked up again.
	freshFor = 10 * time.Second
	// heardFor is how long a ban is known here without the database, which may not have it yet.
	heardFor = time.Minute
	maxHeard = 4096
	banText  = "you are not welcome here at the moment"
)

// heard is a ban that was made lately.
type heard struct {
	ban   models.BannedIP
	until time.Time
}

// ban keeps a device out for a time, and closes its sockets on all nodes.
func (s *Server) ban(device models.DeviceID, m *measure) {
	now := time.Now().UTC().Truncate(time.Millisecond)
	ban := models.BannedIP{
		ID: models.NewBanID(), Kind: models.BanDevice, Target: string(device), Severity: models.SeverityNoAccess,
		Reason: m.Text, By: m.By, At: now, Active: true,
	}
	if ban.Reason == "" {
		ban.Reason = string(m.Reason)
	}
	if m.Flag != "" {
		ban.Notes = models.BanNotes(m.Flag)
	}
	if m.BanFor > 0 {
		until := now.Add(m.BanFor)
		ban.ExpiresAt = &until
	}
	s.clerk.put("ban", 1024, func(ctx context.Context) error {
		row := ban // the store may change it
		return s.Store.CreateBan(ctx, &row)
	})
	s.Log.Info("device banned", "ban", ban.ID, "reason", string(m.Reason), "for", m.BanFor)
	for _, node := range s.peers() {
		s.send(node, &control{Kind: controlBan, Ban: &ban})
	}
	s.banish(ban)
}

// banish ends the sessions of a banned device that are at home here.
func (s *Server) banish(ban models.BannedIP) {
	s.hearBan(ban)
	for _, ses := range s.all() {
		if string(ses.device) != ban.Target {
			continue
		}
		ses.mu.Lock()
		ses.send(bannedMessage(ban))
		ses.mu.Unlock()
		s.removeWith(ses, models.EndBanned, false, protocol.CloseBanned, banText)
	}
}

func (s *Server) hearBan(ban models.BannedIP) {
	now := time.Now()
	s.heardMu.Lock()
	defer s.heardMu.Unlock()
	for device, h := range s.heard {
		if now.After(h.until) {
			delete(s.heard, device)
		}
	}
	if len(s.heard) < maxHeard {
		s.heard[models.DeviceID(ban.Target)] = heard{ban, now.Add(heardFor)}
	}
}

// unhearBans forgets the bans made lately because of a flag.
func (s *Server) unhearBans(flag models.FlagID, by models.StaffID) {
	s.heardMu.Lock()
	defer s.heardMu.Unlock()
	for device, h := range s.heard {
		if h.ban.Notes == models.BanNotes(flag) && (by == "" || by == h.ban.By) {
			delete(s.heard, device)
		}
	}
}

// bannedNow returns the ban that keeps a device out. When that cannot be found out in time they come in.
func (s *Server) bannedNow(device models.DeviceID) (models.BannedIP, bool) {
	now := time.Now()
	s.heardMu.Lock()
	h, known := s.heard[device]
	s.heardMu.Unlock()
	if known && now.Before(h.until) && h.ban.InForce(now) {
		return h.ban, true
	}
	ctx, cancel := context.WithTimeout(context.Background(), banTimeout)
	defer cancel()
	ban, found, err := s.Store.DeviceBan(ctx, device, now)
	if err != nil {
		s.Log.Warn("bans not looked up, a visitor was let in", "err", err)
		return models.BannedIP{}, false
	}
	if found {
		s.Metrics.kept()
	}
	return ban, found
}

// bannedSince is bannedNow for a session that comes to this node, unless it was made just now.
func (s *Server) bannedSince(claims SessionClaims) (models.BannedIP, bool) {
	if time.Since(time.Unix(claims.Issued, 0)) < freshFor {
		s.heardMu.Lock()
		h, known := s.heard[claims.Device]
		s.heardMu.Unlock()
		return h.ban, known && h.ban.InForce(time.Now())
	}
	return s.bannedNow(claims.Device)
}

func bannedMessage(ban models.BannedIP) *protocol.Banned {
	return &protocol.Banned{Type: protocol.KindBanned, Reason: ban.Reason, Until: untilOf(ban), Ban: ban.ID}
}

func untilOf(ban models.BannedIP) int64 {
	if ban.ExpiresAt == nil {
		return 0
	}
	return ban.ExpiresAt.Unix()
}

// refuseBanned answers a request for a session.
func refuseBanned(w http.ResponseWriter, ban models.BannedIP) {
	writeProblem(w, protocol.Problem{
		Status: http.StatusForbidden, Code: "banned", Detail: banText, Reason: ban.Reason, Until: untilOf(ban), Ban: ban.ID,
	})
}

// sayBanned tells a socket that has no session why it is closed.
func sayBanned(conn *socket.Conn, ban models.BannedIP) {
	if data, err := protocol.Encode(bannedMessage(ban)); err == nil {
		_ = conn.Send(data) // it is closed next
	}
}
