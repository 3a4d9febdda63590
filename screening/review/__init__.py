"""Going through the hits of a report on the screen: what it does (session) and how it looks (app)."""
