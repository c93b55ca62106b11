package sfu

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/srtp/v3"

	"omezle/sfu/relay"
)

const (
	readBuffer = 2048
	// A flight of the handshake is sent again after this time, doubling.
	flightInterval = 100 * time.Millisecond
)

var profiles = []dtls.SRTPProtectionProfile{
	dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AEAD_AES_256_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80,
}

// secure waits for ICE, shakes hands, gives the keys to the media, and stays to hear
// of the other side's end.
func (l *leg) secure(ctx context.Context) error {
	d, err := l.handshake(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil // stopped meanwhile
		}
		return fmt.Errorf("%w: %w", ErrConnect, err)
	}
	l.connected.Store(true)
	l.node.emit(Event{Kind: EventConnected, Pair: l.pair, Side: l.side})
	b := make([]byte, readBuffer)
	for {
		if _, err := d.Read(b); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return ErrLeft
		}
	}
}

func (l *leg) handshake(ctx context.Context) (*dtls.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, l.node.config.ConnectTimeout)
	defer cancel()
	if err := l.agent.AwaitConnect(ctx); err != nil {
		return nil, fmt.Errorf("sfu: ICE: %w", err)
	}
	l.mu.Lock()
	offer, conn := l.offer, l.conn
	l.mu.Unlock()
	check := func(certificates [][]byte, _ [][]*x509.Certificate) error {
		return verify(certificates, offer.Hash, offer.Fingerprint)
	}
	passive := offer.Setup == "active"
	pipe := recordPipe{l, conn}
	var d *dtls.Conn
	var err error
	if passive {
		d, err = dtls.ServerWithOptions(pipe, &net.UDPAddr{}, dtls.WithCertificates(l.node.identity.certificate),
			dtls.WithSRTPProtectionProfiles(profiles...), dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
			dtls.WithInsecureSkipVerify(true), dtls.WithVerifyPeerCertificate(check), dtls.WithFlightInterval(flightInterval),
			dtls.WithLoggerFactory(l.node.logging), dtls.WithClientAuth(dtls.RequireAnyClientCert))
	} else {
		d, err = dtls.ClientWithOptions(pipe, &net.UDPAddr{}, dtls.WithCertificates(l.node.identity.certificate),
			dtls.WithSRTPProtectionProfiles(profiles...), dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
			dtls.WithInsecureSkipVerify(true), dtls.WithVerifyPeerCertificate(check), dtls.WithFlightInterval(flightInterval),
			dtls.WithLoggerFactory(l.node.logging))
	}
	if err != nil {
		return nil, fmt.Errorf("sfu: DTLS: %w", err)
	}
	l.mu.Lock()
	l.dtls = d
	l.mu.Unlock()
	if err := d.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("sfu: DTLS: %w", err)
	}
	keys, err := keysOf(d, !passive)
	if err != nil {
		return nil, err
	}
	return d, l.media.Secure(keys)
}

// keysOf exports the SRTP keys (RFC 5764 4.2).
func keysOf(d *dtls.Conn, client bool) (relay.Keys, error) {
	profile, ok := d.SelectedSRTPProtectionProfile()
	state, known := d.ConnectionState()
	if !ok || !known {
		return relay.Keys{}, fmt.Errorf("sfu: DTLS: no SRTP profile in common")
	}
	c := &srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if err := c.ExtractSessionKeysFromDTLS(&state, client); err != nil {
		return relay.Keys{}, fmt.Errorf("sfu: export keys: %w", err)
	}
	return relay.Keys{
		Profile:  c.Profile,
		LocalKey: c.Keys.LocalMasterKey, LocalSalt: c.Keys.LocalMasterSalt,
		RemoteKey: c.Keys.RemoteMasterKey, RemoteSalt: c.Keys.RemoteMasterSalt,
	}, nil
}

// read takes what pion's ICE lets through: DTLS, and media of paths that are not, or
// not yet, the relay's own.
func (l *leg) read() {
	l.mu.Lock()
	conn := l.conn
	l.mu.Unlock()
	b := make([]byte, readBuffer)
	for {
		n, err := conn.Read(b)
		if err != nil {
			_ = l.records.Close()
			return
		}
		if n == 0 {
			continue
		}
		if b[0] >= 20 && b[0] <= 63 { // RFC 7983
			_, _ = l.records.Write(b[:n], nil) // full: dropped, DTLS sends again
			continue
		}
		l.media.Receive(b[:n])
	}
}

// recordPipe is the net.PacketConn under DTLS.
type recordPipe struct {
	leg *leg
	to  net.Conn
}

func (p recordPipe) ReadFrom(b []byte) (int, net.Addr, error) {
	n, _, err := p.leg.records.Read(b, nil)
	return n, &net.UDPAddr{}, err
}

func (p recordPipe) WriteTo(b []byte, _ net.Addr) (int, error) { return p.to.Write(b) }
func (p recordPipe) Close() error                              { return p.leg.records.Close() }
func (p recordPipe) LocalAddr() net.Addr                       { return &net.UDPAddr{} }
func (p recordPipe) SetDeadline(t time.Time) error             { return p.leg.records.SetReadDeadline(t) }
func (p recordPipe) SetReadDeadline(t time.Time) error         { return p.leg.records.SetReadDeadline(t) }
func (p recordPipe) SetWriteDeadline(time.Time) error          { return nil }
