"""Shares and the roll: the model beside the people contracts."""
