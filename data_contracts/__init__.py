"""What data may enter, and the proof that it did."""
