"""What a citizen's words are about, and how urgent they are."""
