package config

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// parse fills field from text as flags and the environment give it.
func parse(field reflect.Value, unit, text string) error {
	if field.Kind() == reflect.Slice && !isText(field.Type()) {
		if isRecord(field.Type().Elem()) {
			return parseYAML(field, text)
		}
		return parseList(field, unit, splitList(text))
	}
	return parseScalar(field, unit, text)
}

func splitList(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

func parseList(field reflect.Value, unit string, items []string) error {
	list := reflect.MakeSlice(field.Type(), len(items), len(items))
	var problems []error
	for i, item := range items {
		problems = append(problems, parseScalar(list.Index(i), unit, item))
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	field.Set(list)
	return nil
}

func parseYAML(field reflect.Value, text string) error {
	value := reflect.New(field.Type())
	if err := yaml.UnmarshalWithOptions([]byte(text), value.Interface(), yaml.Strict()); err != nil {
		return errors.New(yaml.FormatError(err, false, false))
	}
	field.Set(value.Elem())
	return nil
}

func parseScalar(field reflect.Value, unit, text string) error {
	if isText(field.Type()) {
		value := reflect.New(field.Type())
		if err := value.Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
			return err
		}
		field.Set(value.Elem())
		return nil
	}
	if field.Type() == durationType {
		d, err := parseDuration(text)
		if err == nil {
			field.SetInt(int64(d))
		}
		return err
	}
	switch {
	case field.Kind() == reflect.String:
		field.SetString(text)
		return nil
	case field.Kind() == reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		field.SetBool(b)
		return nil
	case field.CanFloat():
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("%q is not a number", text)
		}
		field.SetFloat(f)
		return nil
	}
	return parseInteger(field, unit, text)
}

func parseInteger(field reflect.Value, unit, text string) error {
	n, err := strconv.ParseInt(text, 10, 64)
	if unit == "bytes" {
		n, err = parseSize(text)
	} else if err != nil {
		err = fmt.Errorf("%q is not a whole number", text)
	}
	if err != nil {
		return err
	}
	if field.CanUint() {
		if n < 0 || field.OverflowUint(uint64(n)) {
			return fmt.Errorf("%q is out of range", text)
		}
		field.SetUint(uint64(n))
		return nil
	}
	if field.OverflowInt(n) {
		return fmt.Errorf("%q is out of range", text)
	}
	field.SetInt(n)
	return nil
}

func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration with a unit, such as 500ms, 30s, 5m or 1h30m", text)
	}
	return d, nil
}

// sizes are tried in order, so that a longer suffix comes before one it ends with.
var sizes = []struct {
	suffix string
	bytes  int64
}{
	{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
	{"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"KB", 1e3}, {"B", 1},
}

func parseSize(text string) (int64, error) {
	number, factor := strings.TrimSpace(text), int64(1)
	for _, size := range sizes {
		if rest, ok := strings.CutSuffix(number, size.suffix); ok {
			number, factor = strings.TrimSpace(rest), size.bytes
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/factor {
		return 0, fmt.Errorf("%q is not a size, such as 16384, 16KiB or 1MB", text)
	}
	return n * factor, nil
}

// format is the inverse of parse, with secrets redacted.
func format(field reflect.Value, unit string) string {
	switch value := field.Interface().(type) {
	case encoding.TextMarshaler:
		text, err := value.MarshalText()
		if err != nil {
			return ""
		}
		return string(text)
	case time.Duration:
		return formatDuration(value)
	}
	if field.Kind() == reflect.Slice {
		return formatList(field, unit)
	}
	if unit == "bytes" && field.CanInt() {
		return formatSize(field.Int())
	}
	return fmt.Sprint(field.Interface())
}

func formatList(field reflect.Value, unit string) string {
	if isRecord(field.Type().Elem()) {
		return formatRecords(field)
	}
	items := make([]string, field.Len())
	for i := range items {
		items[i] = format(field.Index(i), unit)
	}
	return strings.Join(items, ", ")
}

// formatDuration leaves out the zeros that time.Duration ends with: 24h, not 24h0m0s.
func formatDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

var secretFields = []string{"credential", "password", "secret", "token"}

func formatRecords(field reflect.Value) string {
	if field.Len() == 0 {
		return ""
	}
	var records []yaml.MapSlice
	text, err := yaml.Marshal(field.Interface())
	if err == nil {
		err = yaml.Unmarshal(text, &records)
	}
	for _, record := range records {
		for i := range record {
			if slices.Contains(secretFields, fmt.Sprint(record[i].Key)) && record[i].Value != "" {
				record[i].Value = redacted
			}
		}
	}
	if err == nil {
		text, err = yaml.MarshalWithOptions(records, yaml.Flow(true))
	}
	if err != nil {
		return redacted // nothing that a person could have written ends here
	}
	return strings.TrimSpace(string(text))
}

func formatSize(n int64) string {
	for _, size := range sizes[:3] {
		if n >= size.bytes && n%size.bytes == 0 {
			return strconv.FormatInt(n/size.bytes, 10) + size.suffix
		}
	}
	return strconv.FormatInt(n, 10)
}
