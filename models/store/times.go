package store

import (
	"reflect"
	"time"

	"gorm.io/gorm"
)

// cut gives t the form in which it is stored. Without it PostgreSQL would keep
// microseconds, SQLite nanoseconds and the zone, and text in SQLite would not
// sort by time.
func cut(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

func cutPtr(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	c := cut(*t)
	return &c
}

var (
	timeType    = reflect.TypeFor[time.Time]()
	timePtrType = reflect.TypeFor[*time.Time]()
)

// cutTimes runs before every insert and cuts each time of the rows.
func cutTimes(db *gorm.DB) {
	stmt := db.Statement
	if stmt.Schema == nil {
		return
	}
	for _, field := range stmt.Schema.Fields {
		if field.FieldType != timeType && field.FieldType != timePtrType {
			continue
		}
		cutField := func(row reflect.Value) {
			var err error
			switch value, _ := field.ValueOf(stmt.Context, row); t := value.(type) {
			case time.Time:
				err = field.Set(stmt.Context, row, cut(t))
			case *time.Time:
				err = field.Set(stmt.Context, row, cutPtr(t))
			}
			if err != nil {
				_ = db.AddError(err) // it returns what it was given
			}
		}
		switch stmt.ReflectValue.Kind() {
		case reflect.Slice, reflect.Array:
			for i := range stmt.ReflectValue.Len() {
				cutField(reflect.Indirect(stmt.ReflectValue.Index(i)))
			}
		case reflect.Struct:
			cutField(stmt.ReflectValue)
		}
	}
}
