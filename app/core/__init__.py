"""Types, ports and French text helpers that every other package builds on."""
