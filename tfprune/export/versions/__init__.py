"""Which version of an operator, and which runtime, a file needs."""
