// Package doctor looks at what a node of this service needs and says in sentences what is wrong and how to mend it.
//
// It owns the questions and the words of `omezle doctor`. What to ask comes from the caller as plain values (URLs,
// addresses, numbers), since only package main knows the settings. Nothing it does changes anything: it opens no file
// that is not there, migrates nothing, and takes no place in the registry of nodes. From a running service it asks no
// more than a visitor may, and from TURN servers what their credentials allow.
//
// # Findings
//
// Each check adds findings to a Report, in the order in which one would mend things:
//
//	OK    it works, with the figure that was measured
//	SKIP  not looked at, and what it would take
//	WARN  works, but not for everybody, not for long or not under load
//	FAIL  does not work, or lets strangers do what they must not
//
// WARN and FAIL have a Fix: what to type or to set.
//
// # Bounds
//
// Every check has a deadline of its own (patience), so that a service that is away costs seconds. No goroutine outlives
// the check that started it. A Report belongs to one goroutine.
//
// # What is seen from here
//
// All is measured from the machine it runs on. A public address that only outsiders reach, behind a NAT that does not
// turn packets around, looks broken from inside: run it from elsewhere with the same settings then.
package doctor
