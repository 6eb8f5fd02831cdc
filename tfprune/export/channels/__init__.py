"""The channel graph of a flatbuffer: who makes, reads and needs channels."""
