"""Controlled goods, destinations and red flags: what a row says beside the party's name."""
