package models

import (
	"fmt"
	"net/netip"
	"time"
)

// IP is an address in the one form in which it is stored and compared: the text
// of netip.Addr, IPv4 never written as mapped IPv6, no zone. Empty means unknown.
type IP string

// IPOf returns the canonical form; the zero Addr gives the empty IP.
func IPOf(addr netip.Addr) IP {
	if !addr.IsValid() {
		return ""
	}
	return IP(addr.Unmap().WithZone("").String())
}

// ParseIP reads an address in any form netip knows.
func ParseIP(s string) (IP, error) {
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return "", fmt.Errorf("models: address: %w", err)
	}
	return IPOf(addr), nil
}

// Addr returns the address, or the zero Addr for an IP that no constructor made.
func (ip IP) Addr() netip.Addr {
	addr, err := netip.ParseAddr(string(ip))
	if err != nil {
		return netip.Addr{}
	}
	return addr
}

// IPStat counts what came from one address. Rows handed to the store are
// increments: counters are added, FirstSeen keeps the earliest, LastSeen the
// latest.
type IPStat struct {
	IP        IP `gorm:"primaryKey"`
	FirstSeen time.Time
	LastSeen  time.Time
	Sessions  int64
	Messages  int64
	Flagged   int64 // messages and frames that a rule fired on
}
