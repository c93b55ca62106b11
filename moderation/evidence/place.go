package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/s3blob" // s3://

	"omezle/models"
)

// maxSealed is the size of the largest sealed item.
const maxSealed = MaxItem + 64

// openPlace opens the store of sealed items. A folder is made when it is missing, readable by its owner only.
func openPlace(ctx context.Context, c Config, dataDir string) (*blob.Bucket, error) {
	folder := c.URL
	switch scheme, _, found := strings.Cut(c.URL, "://"); {
	case c.URL == "":
		folder = filepath.Join(dataDir, "evidence")
	case found && scheme == "file":
		u, err := url.Parse(c.URL)
		if err != nil {
			return nil, fmt.Errorf("evidence: open place: %w", err)
		}
		folder = u.Path
	case found:
		place, err := blob.OpenBucket(ctx, c.URL)
		if err != nil {
			return nil, fmt.Errorf("evidence: open place: %w", err)
		}
		return place, nil
	}
	place, err := fileblob.OpenBucket(folder, &fileblob.Options{
		CreateDir: true, DirFileMode: 0o700,
		NoTempDir: true,                       // the system's may be on another disk
		Metadata:  fileblob.MetadataDontWrite, // there is none
	})
	if err != nil {
		return nil, fmt.Errorf("evidence: open place: %w", err)
	}
	return place, nil
}

func (v *Vault) write(ctx context.Context, key string, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, blobTime)
	defer cancel()
	// One type for all, so that the place neither looks at the bytes nor tells what they are.
	err := v.place.WriteAll(ctx, key, data, &blob.WriterOptions{ContentType: "application/octet-stream", DisableContentTypeDetection: true})
	if err != nil {
		return fmt.Errorf("evidence: write: %w", err)
	}
	return nil
}

func (v *Vault) read(ctx context.Context, key string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, blobTime)
	defer cancel()
	r, err := v.place.NewReader(ctx, key, nil)
	if err != nil {
		return nil, readError(err)
	}
	data, err := io.ReadAll(io.LimitReader(r, maxSealed+1))
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, readError(err)
	}
	if len(data) > maxSealed {
		return nil, fmt.Errorf("%w: more bytes than any item has", ErrDamaged)
	}
	return data, nil
}

func readError(err error) error {
	if notThere(err) {
		return ErrMissing
	}
	return fmt.Errorf("evidence: read: %w", err)
}

// remove takes an item from its place; one that is not there is no error.
func (v *Vault) remove(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, blobTime)
	defer cancel()
	if err := v.place.Delete(ctx, key); err != nil && !notThere(err) {
		return fmt.Errorf("evidence: remove: %w", err)
	}
	return nil
}

// object is an item's bytes at the place, or what a write of them that was cut off has left there.
type object struct {
	key   string
	id    models.EvidenceID
	draft bool
	young bool
}

// page lists objects; those written since a time are young. A place may hold other things, which are not ours to touch.
func (v *Vault) page(ctx context.Context, token []byte, since time.Time) (objects []object, next []byte, err error) {
	if token == nil {
		token = blob.FirstPageToken
	}
	ctx, cancel := context.WithTimeout(ctx, blobTime)
	defer cancel()
	listed, next, err := v.place.ListPage(ctx, token, pageSize, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("evidence: list: %w", err)
	}
	for _, o := range listed {
		name, end, _ := strings.Cut(o.Key, ".")
		id, err := models.ParseEvidenceID(name)
		draft := strings.HasSuffix(end, ".tmp") // as package fileblob names them
		if err != nil || (end != "" && !draft) {
			continue
		}
		objects = append(objects, object{o.Key, id, draft, o.ModTime.After(since)})
	}
	return objects, next, nil
}
