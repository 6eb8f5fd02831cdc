"""Running and timing `.tflite` files."""
