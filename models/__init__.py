"""Reference networks of the papers, and the data they are measured on."""
