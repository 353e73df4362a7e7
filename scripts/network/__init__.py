"""Networks of validators: founded, run, looked at, joined."""
