package frame

import (
	"os"
	"path/filepath"
	"testing"
)

// keyframe reads one of the real keyframes under testdata, which testdata/README tells the origin of.
func keyframe(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".vp8"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// keyframes reads all of them, by name.
func keyframes(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.vp8")
	if err != nil || len(paths) < 5 {
		t.Fatalf("keyframes under testdata: %v, %v", paths, err)
	}
	frames := map[string][]byte{}
	for _, path := range paths {
		name := filepath.Base(path)
		name = name[:len(name)-len(".vp8")]
		frames[name] = keyframe(t, name)
	}
	return frames
}

// claiming is a keyframe's header with a size of its own choice, and some bytes after it.
func claiming(width, height int) []byte {
	frame := make([]byte, 752)
	copy(frame, []byte{0x10, 0x02, 0, 0x9d, 0x01, 0x2a, byte(width), byte(width >> 8), byte(height), byte(height >> 8)})
	return frame
}
