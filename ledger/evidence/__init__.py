"""Content identifiers of evidence."""
