"""Documents on the command line."""
