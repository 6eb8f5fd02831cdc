"""The front doors of the converter, one form of model each."""
