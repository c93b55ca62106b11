package models

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
)

// JSON is one JSON document, stored as text. Both databases give back the very
// bytes that were written, so a hash over a row stays true; a column of type
// jsonb would reorder keys. Empty means null.
type JSON []byte

// GormDataType names the column type for gorm.
func (JSON) GormDataType() string { return "text" }

// Value implements driver.Valuer; text that is not JSON is refused.
func (j JSON) Value() (driver.Value, error) {
	if len(j) == 0 {
		return "null", nil
	}
	if !json.Valid(j) {
		return nil, fmt.Errorf("%w: not a JSON document", ErrInvalid)
	}
	return string(j), nil
}

// Scan implements sql.Scanner.
func (j *JSON) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*j = nil
	case string:
		*j = JSON(v)
	case []byte:
		*j = append(JSON(nil), v...)
	default:
		return fmt.Errorf("models: JSON from %T", src)
	}
	return nil
}

// MarshalJSON implements json.Marshaler.
func (j JSON) MarshalJSON() ([]byte, error) {
	if len(j) == 0 {
		return []byte("null"), nil
	}
	return j, nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (j *JSON) UnmarshalJSON(data []byte) error {
	*j = append(JSON(nil), data...)
	return nil
}
