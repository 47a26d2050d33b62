"""The tests, by purpose; a package only so that its helpers are imported by one name everywhere."""
