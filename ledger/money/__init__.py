"""Accounts, appropriations and payments: the model beside the money contracts."""
