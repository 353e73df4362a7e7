"""Votes on the command line: questions, ballots, effects, receipts."""
