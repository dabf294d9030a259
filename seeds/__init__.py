"""A demo company with known truths, and real public data as examples."""
