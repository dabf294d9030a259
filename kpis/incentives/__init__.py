"""Variable pay: the plan language, its exact arithmetic, statements, evidence and ledger."""
