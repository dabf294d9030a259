"""What HR keeps in spreadsheets, read exactly and told by cell: targets, plans and people. Files are somebody else's work."""
