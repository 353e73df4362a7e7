"""The watchdog: a node that follows without being asked, believes nobody, and says aloud what it finds."""
