"""From a model to a flatbuffer."""
