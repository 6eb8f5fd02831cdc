"""A `.tflite` file as objects: read, edit, write."""
