package vp8

import "testing"

func TestDescriptorIsRead(t *testing.T) {
	for name, c := range map[string]struct {
		payload  []byte
		ok       bool
		keyframe bool
		rest     int
	}{
		"plain keyframe":              {[]byte{0x10, 0x00, 1}, true, true, 2},
		"interframe":                  {[]byte{0x10, 0x01, 1}, true, false, 2},
		"not the start":               {[]byte{0x00, 0x00, 1}, true, false, 2},
		"second partition":            {[]byte{0x11, 0x00, 1}, true, false, 2},
		"picture id of seven bits":    {[]byte{0x90, 0x80, 0x11, 0x00}, true, true, 1},
		"picture id of fifteen bits":  {[]byte{0x90, 0x80, 0x91, 0x11, 0x00}, true, true, 1},
		"all of it":                   {[]byte{0x90, 0xf0, 0x91, 0x11, 0x01, 0x20, 0x00}, true, true, 1},
		"nothing":                     {nil, false, false, 0},
		"descriptor only":             {[]byte{0x10}, false, false, 0},
		"cut short after X":           {[]byte{0x90}, false, false, 0},
		"cut short before picture id": {[]byte{0x90, 0x80}, false, false, 0},
		"cut short within the rest":   {[]byte{0x90, 0xf0, 0x91, 0x11}, false, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			rest, _, ok := Payload(c.payload)
			if ok != c.ok || len(rest) != c.rest || StartsKeyframe(c.payload) != c.keyframe {
				t.Errorf("%v, %d bytes, keyframe %v", ok, len(rest), StartsKeyframe(c.payload))
			}
		})
	}
}

func TestKeyframeIsKnownInAnyOrder(t *testing.T) {
	var tracker Tracker
	if _, _, ok := tracker.Add(12, 3000, true, []byte{0, 9}); ok {
		t.Error("known without its first packet")
	}
	first, last, ok := tracker.Add(10, 3000, false, []byte{0x10, 0})
	if !ok || first != 10 || last != 12 {
		t.Errorf("%d to %d, %v", first, last, ok)
	}
	tracker.Done()
	if _, _, ok := tracker.Add(11, 3000, false, []byte{0, 9}); ok {
		t.Error("told of twice")
	}
}
