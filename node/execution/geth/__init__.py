"""The geth executor: a process of its own behind the same port as the embedded engine."""
