package bus

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"omezle/models"
)

func TestABatchIsReadAsItWasWritten(t *testing.T) {
	want := header{kind: kindMessages, from: models.NewNodeID(), sequence: 1 << 40}
	payloads := [][]byte{[]byte("one"), {}, bytes.Repeat([]byte("x"), MaxPayload)}
	data := appendHeader(nil, want)
	if len(data) != headerLen(want.from) {
		t.Errorf("a header of %d bytes, %d said", len(data), headerLen(want.from))
	}
	for _, p := range payloads {
		data = appendMessage(data, p)
	}
	got, body, err := parseBatch(data)
	if err != nil || got != want {
		t.Fatalf("got %+v, %v", got, err)
	}
	for i, p := range payloads {
		payload, rest, ok := nextMessage(body)
		if !ok || !bytes.Equal(payload, p) {
			t.Fatalf("message %d is not what was sent", i)
		}
		body = rest
	}
	if len(body) != 0 {
		t.Errorf("%d bytes are left", len(body))
	}
}

func TestAMalformedBatchIsRefusedWhole(t *testing.T) {
	good := appendMessage(appendHeader(nil, header{from: "node", sequence: 1}), []byte("hello"))
	for name, data := range map[string][]byte{
		"empty":                  {},
		"header cut":             good[:10],
		"another version":        append([]byte{2}, good[1:]...),
		"unknown kind":           append([]byte{1, 9}, good[2:]...),
		"sender without a name":  append([]byte{1, 0, 0}, good[3:]...),
		"sender's name too long": appendHeader(nil, header{from: models.NodeID(strings.Repeat("n", maxID+1))}),
		"message cut":            good[:len(good)-1],
		"second message cut":     append(bytes.Clone(good), 5, 'x'),
		"length without an end":  append(bytes.Clone(good), 0x80),
		"length over 64 bits":    append(bytes.Clone(good), bytes.Repeat([]byte{0xff}, 12)...),
		"message over the limit": appendMessage(appendHeader(nil, header{from: "node"}), make([]byte, MaxPayload+1)),
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := parseBatch(data); !errors.Is(err, errMalformed) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// FuzzFrames feeds a bus with whatever somebody may publish on its channel.
func FuzzFrames(f *testing.F) {
	f.Add(string(appendMessage(appendHeader(nil, header{from: "a", sequence: 1}), []byte("hello"))))
	f.Add(string(appendHeader(nil, header{kind: kindRegistry, from: "b", sequence: 2})))
	f.Add("\x01\x00\x01a\x00\x00\x00\x00\x00\x00\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")
	f.Add("")
	f.Fuzz(func(t *testing.T, data string) {
		b := New(nil, "self", Config{}, testLog())
		total := 0
		b.Handle(func(from models.NodeID, payload []byte) {
			if from == "self" || from == "" || len(from) > maxID || len(payload) > MaxPayload {
				t.Errorf("from %q, %d bytes", from, len(payload))
			}
			total += len(payload)
		})
		b.deliver(data, false)
		b.deliver(data, true)
		if total > 2*len(data) {
			t.Errorf("%d bytes became %d", len(data), total)
		}
	})
}
