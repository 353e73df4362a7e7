"""Questions, ballots, tallies and allocations: the model beside the voting contracts."""
