"""The tests of the shop. `make test` runs them; docs/adr/0002 tells on what."""
