"""The demo app: a person's own page onto their own laptop's part of the shared record."""
