"""What a `.tflite` file holds."""
