"""What people do with a workspace, one thin file each: read, call rules, write."""
