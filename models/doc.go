// Package models holds the words of the domain: typed ids, the structs that
// gorm stores, and which changes of state are legal.
//
// It owns no goroutine, opens nothing and imports nothing of this module, so
// every other package may use its words. Structs are plain values: copying one
// is safe, sharing one needs the lock of whoever shares it. Queries live in
// models/store, rules of behaviour in the package that owns the behaviour.
package models
