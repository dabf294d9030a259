"""What is promised, measured, aimed at and paid."""
