//go:build cgo

package onnx

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// runtimes is the library, which a process has one of: its API is a set of global variables.
var runtimes struct {
	sync.Mutex
	path string // of the one that is loaded, or empty
}

// loadLibrary loads the library at path, unless it is there already.
func loadLibrary(path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoLibrary, err)
	}
	runtimes.Lock()
	defer runtimes.Unlock()
	if runtimes.path != "" {
		if runtimes.path != path {
			return fmt.Errorf("onnx: %s cannot be loaded: this process has %s", path, runtimes.path)
		}
		return nil
	}
	ort.SetSharedLibraryPath(path)
	if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
		return fmt.Errorf("%w: %w", ErrNoLibrary, err)
	}
	runtimes.path = path
	return nil
}

// idle is how many buffers a session keeps for the next pictures.
const idle = 16

// library is a session of ONNX Runtime.
type library struct {
	session *ort.DynamicAdvancedSession
	shape   ort.Shape
	classes int64
	idle    chan *buffers
}

// buffers are what one run writes to and reads from. C keeps their addresses, so they are pinned.
type buffers struct {
	input, output *ort.Tensor[float32]
	pin           runtime.Pinner
}

func openSession(c Config, m *loaded) (session, string, error) {
	if err := loadLibrary(c.Library); err != nil {
		return nil, "", err
	}
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, "", fmt.Errorf("onnx: %w", err)
	}
	defer options.Destroy() //nolint:errcheck // it only frees
	err = errors.Join(
		options.SetIntraOpNumThreads(c.Threads),
		options.SetInterOpNumThreads(1),
		// A thread that waits for the next picture would burn its core.
		options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"),
		options.AddSessionConfigEntry("session.inter_op.allow_spinning", "0"),
	)
	if err != nil {
		return nil, "", fmt.Errorf("onnx: %w", err)
	}
	s, err := ort.NewDynamicAdvancedSessionWithONNXData(m.data, []string{m.in}, []string{m.out}, options)
	if err != nil {
		return nil, "", fmt.Errorf("onnx: model %s: %w", c.Model, err)
	}
	shape := m.manifest.shape()
	return &library{session: s, shape: shape[:], classes: int64(len(m.manifest.Classes)), idle: make(chan *buffers, idle)}, ort.GetVersion(), nil
}

func (l *library) run(fill func([]float32)) ([]float32, error) {
	b, err := l.take()
	if err != nil {
		return nil, err
	}
	defer l.give(b)
	fill(b.input.GetData())
	if err := l.session.Run([]ort.Value{b.input}, []ort.Value{b.output}); err != nil {
		return nil, err
	}
	return append([]float32(nil), b.output.GetData()...), nil
}

// take returns idle buffers, or new ones: there are as many as runs at once.
func (l *library) take() (*buffers, error) {
	select {
	case b := <-l.idle:
		return b, nil
	default:
	}
	b := &buffers{}
	var err error
	if b.input, err = pinned(&b.pin, l.shape); err != nil {
		return nil, err
	}
	if b.output, err = pinned(&b.pin, ort.NewShape(1, l.classes)); err != nil {
		b.free()
		return nil, err
	}
	return b, nil
}

func pinned(pin *runtime.Pinner, shape ort.Shape) (*ort.Tensor[float32], error) {
	data := make([]float32, shape.FlattenedSize())
	pin.Pin(&data[0])
	return ort.NewTensor(shape, data)
}

// give keeps b for the next run, unless enough are idle.
func (l *library) give(b *buffers) {
	select {
	case l.idle <- b:
	default:
		b.free()
	}
}

func (b *buffers) free() {
	for _, t := range []*ort.Tensor[float32]{b.input, b.output} {
		if t != nil {
			t.Destroy() //nolint:errcheck // it only frees
		}
	}
	b.pin.Unpin()
}

func (l *library) close() error {
	for {
		select {
		case b := <-l.idle:
			b.free()
			continue
		default:
		}
		return l.session.Destroy()
	}
}
