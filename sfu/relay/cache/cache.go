package cache

import "time"

const (
	// Slots is the number of packets kept: two seconds of 1 Mbit/s. A power of two.
	Slots = 256
	// SlotSize is the longest packet kept, in bytes.
	SlotSize = 1500

	// A packet is resent four times at most, at this distance: receivers are known
	// that never notice what comes as RTX and ask for it for ever.
	resends    = 4
	resendPace = 20 * time.Millisecond
)

// Cache of one stream. The zero value is empty; memory is taken at first use.
type Cache struct {
	memory []byte
	slots  [Slots]slot
	index  [Slots]uint8 // low bits of a sequence number -> slot
	spare  uint8
}

type slot struct {
	sequence       uint16
	offset, length uint16
	resent         uint8
	resentAt       time.Duration
}

// Spare is an empty slice over the spare slot, for what has just arrived.
func (c *Cache) Spare() []byte {
	if c.memory == nil {
		c.memory = make([]byte, Slots*SlotSize)
	}
	at := int(c.spare) * SlotSize
	return c.memory[at : at : at+SlotSize]
}

// Keep makes length bytes at offset of the spare slot the packet of that number.
func (c *Cache) Keep(sequence uint16, offset, length int) {
	c.slots[c.spare] = slot{sequence: sequence, offset: uint16(offset), length: uint16(length)}
	c.index[sequence%Slots] = c.spare
	c.spare++ // wraps at Slots
	c.slots[c.spare].length = 0
}

// Resend is the packet of that number if it is still here and was not resent too
// often or just now; otherwise nil. It is valid until the next Keep.
func (c *Cache) Resend(sequence uint16, now time.Duration) []byte {
	s := &c.slots[c.index[sequence%Slots]]
	if s.resent >= resends || s.resent > 0 && now-s.resentAt < resendPace {
		return nil
	}
	packet := c.Packet(sequence)
	if packet != nil {
		s.resent++
		s.resentAt = now
	}
	return packet
}

// Spent says, once for a packet, that it was asked for again after its last resend: no
// other will come. It is also said of a packet that is too old to be here, newest being
// the last that arrived, and not of one that has not arrived yet.
func (c *Cache) Spent(sequence, newest uint16, now time.Duration) bool {
	if age := int16(newest - sequence); age >= Slots {
		return true
	}
	s := &c.slots[c.index[sequence%Slots]]
	if s.sequence != sequence || s.resent != resends || now-s.resentAt < resendPace {
		return false
	}
	s.resent++
	return true
}

// Packet is the packet of that number as it was forwarded, if it is still here. It
// is valid until the next Keep.
func (c *Cache) Packet(sequence uint16) []byte {
	at := c.index[sequence%Slots]
	s := &c.slots[at]
	if s.length == 0 || s.sequence != sequence {
		return nil
	}
	from := int(at)*SlotSize + int(s.offset)
	return c.memory[from : from+int(s.length)]
}

// Clear forgets all packets.
func (c *Cache) Clear() {
	for i := range c.slots {
		c.slots[i].length = 0
	}
}
