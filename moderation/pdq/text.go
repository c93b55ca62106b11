package pdq

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"omezle/models"
)

const (
	maxLine     = 1024 // bytes
	maxBadLines = 20   // told of
)

// ErrBadText is joined from what is wrong with a text of hashes, line by line.
var ErrBadText = errors.New("pdq: not a list of hashes")

// ReadText reads hashes, one a line, as pdq-photo-hasher and the tools of ThreatExchange write them:
//
//	hash[,quality[,label]]
//
// Quality is 100 when it is not told; a label with quotes around it is taken as in CSV. Empty lines, those that begin
// with #, and a first line that begins with "hash" are skipped. Every wrong line is told, up to 20; more than MaxHashes
// lines or 1 KiB in one are too many. The bank is left empty.
func ReadText(r io.Reader) ([]models.Hash, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, maxLine), maxLine)
	var hashes []models.Hash
	var problems []error
	number := 0
	for lines.Scan() && len(problems) < maxBadLines {
		number++
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || strings.HasPrefix(line, "#") || (number == 1 && strings.HasPrefix(strings.ToLower(line), "hash")) {
			continue
		}
		hash, err := readLine(line)
		if err != nil {
			problems = append(problems, fmt.Errorf("line %d: %w", number, err))
			continue
		}
		if len(hashes) == MaxHashes {
			problems = append(problems, fmt.Errorf("line %d: more than %d hashes", number, MaxHashes))
			break
		}
		hashes = append(hashes, hash)
	}
	if err := lines.Err(); err != nil {
		problems = append(problems, fmt.Errorf("line %d: %w", number+1, err))
	}
	if len(problems) > 0 {
		return nil, errors.Join(append([]error{ErrBadText}, problems...)...)
	}
	return hashes, nil
}

func readLine(line string) (models.Hash, error) {
	fields := strings.SplitN(line, ",", 3)
	hash, err := Parse(strings.TrimSpace(fields[0]))
	if err != nil {
		return models.Hash{}, err
	}
	row := models.Hash{PDQ: hash[:], Quality: 100}
	if len(fields) > 1 && strings.TrimSpace(fields[1]) != "" {
		if row.Quality, err = strconv.Atoi(strings.TrimSpace(fields[1])); err != nil {
			return models.Hash{}, fmt.Errorf("quality %q is no number", fields[1])
		}
	}
	if len(fields) > 2 {
		row.Label = strings.TrimSpace(fields[2])
		if inner, quoted := strings.CutPrefix(row.Label, `"`); quoted && strings.HasSuffix(inner, `"`) {
			row.Label = strings.ReplaceAll(strings.TrimSuffix(inner, `"`), `""`, `"`)
		}
	}
	return row, row.Validate()
}

// WriteText writes hashes as ReadText reads them.
func WriteText(w io.Writer, hashes []models.Hash) error {
	for i := range hashes {
		label := hashes[i].Label
		if strings.ContainsAny(label, "\",\r\n") || strings.TrimSpace(label) != label {
			label = `"` + strings.ReplaceAll(strings.NewReplacer("\r", " ", "\n", " ").Replace(label), `"`, `""`) + `"`
		}
		if _, err := fmt.Fprintf(w, "%x,%d,%s\n", hashes[i].PDQ, hashes[i].Quality, label); err != nil {
			return fmt.Errorf("pdq: write hashes: %w", err)
		}
	}
	return nil
}
