"""Sans-I/O: decides, never does. Time and chance are arguments."""
