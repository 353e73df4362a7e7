"""`ortaq watch`: peers read over HTTP, alarms told by every way that people listen on."""
