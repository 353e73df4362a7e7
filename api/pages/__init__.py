"""Pages for people, each with the same facts as data beside it (`.json`)."""
