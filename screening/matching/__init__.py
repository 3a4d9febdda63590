"""Candidates, score and explanation."""
