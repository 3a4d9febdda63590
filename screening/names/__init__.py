"""Raw strings to prepared names: scripts, tokens, legal forms, variants."""
