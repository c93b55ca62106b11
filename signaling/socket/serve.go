package socket

// Serve calls handle with each message from now on, one at a time, and end once when the connection is over. It
// returns at once. While nothing is under way a plain TCP connection is parked in lot and
// has no goroutine; one with TLS keeps its goroutine, since what TLS has buffered cannot be seen from the
// descriptor. Receive must not be called any more.
func (c *Conn) Serve(lot *Lot, handle func([]byte), end func(error)) {
	c.lot, c.handle, c.end = lot, handle, end
	go c.pump(false)
}

// pump reads until there is nothing more, then parks. There is never more than one. A woken one begins by
// reading: something has arrived, or the connection is over.
func (c *Conn) pump(woken bool) {
	for {
		if !woken && c.plain && c.reader.Buffered() == 0 && c.park() {
			return
		}
		woken = false
		if err := c.receive(c.handle); err != nil {
			c.end(err)
			return
		}
	}
}

// park returns true when the connection waits in the lot; from then on another pump may run.
func (c *Conn) park() bool {
	c.parkMu.Lock()
	defer c.parkMu.Unlock()
	if c.hurry {
		return false
	}
	c.parked = c.lot.park(c)
	return c.parked
}

// unpark starts a pump if the connection is parked.
func (c *Conn) unpark() {
	c.parkMu.Lock()
	was := c.parked
	c.parked = false
	c.parkMu.Unlock()
	if was {
		go c.pump(true)
	}
}

// rouse keeps the connection from being parked again and wakes it: it is about to be closed, and its
// pump has to see the end.
func (c *Conn) rouse() {
	c.parkMu.Lock()
	c.hurry = true
	was, space := c.parked, c.space
	c.parked = false
	c.parkMu.Unlock()
	if was {
		c.lot.take(space)
		go c.pump(true)
	}
}
