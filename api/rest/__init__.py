"""`/api/v1`: the facts of the pages for programs, and the one way to write: relaying a signed ballot."""
