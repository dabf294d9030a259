"""One page a file: read widgets, ask `dashboard.data`, draw."""
