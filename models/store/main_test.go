package store

import (
	"testing"

	"go.uber.org/goleak"
	"gorm.io/gorm"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// DB lets the tests outside the package look past the queries.
func (s *Store) DB() *gorm.DB { return s.db }

// RowFault lets them ask how an error is taken.
func RowFault(err error) bool { return rowFault(err) }
