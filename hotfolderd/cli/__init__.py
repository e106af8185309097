"""The command line: it asks and prints; what is done is done elsewhere."""
