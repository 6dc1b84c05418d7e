"""The search for features: `search` reads as the paper; the other files are its steps."""
