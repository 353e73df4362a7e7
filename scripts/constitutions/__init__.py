"""Founding texts that ship with ortaq."""
