"""Local-first sync for two people's shared record."""
