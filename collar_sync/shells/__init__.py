"""Does what the engine asks, decides nothing."""
