"""The commands of `goldenthread`, one file for each kind of work."""
