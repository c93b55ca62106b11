package fetch

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// The package and its version. The headers that the program is compiled with belong to 1.24.
const (
	Package = "onnxruntime-node"
	Version = "1.24.3"
	Licence = "MIT"
)

// integrity is the package's checksum, in the form of npm's lock files.
const integrity = "sha512-JH7+czbc8ALA819vlTgcV+Q214/+VjGeBHDjX81+ZCD0PCVCIFGFNtT0V4sXG/1JXypKPgScQcB3ij/hk3YnTg=="

// library is a file in the package.
type library struct {
	member string
	sha256 string
}

// libraries are by system and processor, in Go's words.
var libraries = map[string]library{
	"linux/amd64": {"package/bin/napi-v6/linux/x64/libonnxruntime.so.1", "92ba8e44d31b80a34f5e805076a044122c3be1fffe0d88ed790de7267b0b2682"},
	"linux/arm64": {"package/bin/napi-v6/linux/arm64/libonnxruntime.so.1", "33032cb5b91c12edbf028d7c69fa40a31848d66c0095448758af237d5e0b07db"},
}

// maxLibrary is how large the file may be; it has 35 MB.
const maxLibrary = 128 << 20

// Reasons why there is no library.
var (
	ErrSystem   = errors.New("no library for this system; set the path of a libonnxruntime " + Version + " of yours")
	ErrNPM      = errors.New("npm cannot fetch " + Package + "@" + Version + "; see that it is installed and its registry can be reached")
	ErrChecksum = errors.New("another checksum than the one that was checked")
)

// LibraryFile is what the library is called on this system.
func LibraryFile() string {
	if runtime.GOOS == "darwin" {
		return "libonnxruntime.dylib"
	}
	return "libonnxruntime.so.1"
}

// Check tells whether the file at path is the library of this system, as it was checked.
func Check(path string) error {
	want, ok := libraries[runtime.GOOS+"/"+runtime.GOARCH]
	if !ok {
		return fmt.Errorf("fetch: %s/%s: %w", runtime.GOOS, runtime.GOARCH, ErrSystem)
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("fetch: %w", err)
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return fmt.Errorf("fetch: %w", err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want.sha256 {
		return fmt.Errorf("fetch: %s: %w: %s", path, ErrChecksum, got)
	}
	return nil
}

// Library puts this system's library into folder, unless it is there.
func Library(ctx context.Context, folder string) error {
	path := filepath.Join(folder, LibraryFile())
	if Check(path) == nil {
		return nil
	}
	wanted, ok := libraries[runtime.GOOS+"/"+runtime.GOARCH]
	if !ok {
		return fmt.Errorf("fetch: %s/%s: %w", runtime.GOOS, runtime.GOARCH, ErrSystem)
	}
	archive, remove, err := pack(ctx)
	if err != nil {
		return fmt.Errorf("fetch: %w", err)
	}
	defer remove()
	if err := wanted.place(archive, path); err != nil {
		return fmt.Errorf("fetch: %s@%s: %w", Package, Version, err)
	}
	return nil
}

// pack lets npm fetch the package, and checks it. The caller removes it.
func pack(ctx context.Context) (archive string, remove func(), err error) {
	folder, err := os.MkdirTemp("", "omezle-fetch-")
	if err != nil {
		return "", nil, err
	}
	clean := func() { os.RemoveAll(folder) } //nolint:errcheck // a temporary folder
	defer func() {
		if err != nil {
			clean()
		}
	}()
	npm := exec.CommandContext(ctx, "npm", "pack", "--silent", "--ignore-scripts", Package+"@"+Version)
	npm.Dir = folder
	if out, err := npm.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("%w: %w: %s", ErrNPM, err, strings.TrimSpace(string(out[:min(len(out), 2000)])))
	}
	archive = filepath.Join(folder, Package+"-"+Version+".tgz")
	file, err := os.Open(archive)
	if err != nil {
		return "", nil, err
	}
	defer file.Close()
	sum := sha512.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", nil, err
	}
	if got := "sha512-" + base64.StdEncoding.EncodeToString(sum.Sum(nil)); got != integrity {
		return "", nil, fmt.Errorf("%s: %w: %s", Package, ErrChecksum, got)
	}
	return archive, clean, nil
}

// place takes the library out of the archive.
func (l library) place(archive, path string) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	for members := tar.NewReader(unpacked); ; {
		member, err := members.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%s is missing", l.member)
		}
		if err != nil {
			return err
		}
		if member.Name == l.member && member.Typeflag == tar.TypeReg {
			return l.write(members, path)
		}
	}
}

func (l library) write(from io.Reader, path string) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, ".library-")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // renamed away, if all went well
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, sum), io.LimitReader(from, maxLibrary+1))
	if err = errors.Join(err, file.Chmod(0o755), file.Close()); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); n > maxLibrary || got != l.sha256 {
		return fmt.Errorf("%s: %w: %s", l.member, ErrChecksum, got)
	}
	return os.Rename(file.Name(), path)
}
