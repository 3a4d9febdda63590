"""Documents to draft watchlists."""
