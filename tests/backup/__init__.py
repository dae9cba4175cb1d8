"""Backups: made, kept, checked and put back."""
