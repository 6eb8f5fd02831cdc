"""What an app developer must know of a model, in and beside its file."""
