"""What became of the patients: survival by true and by predicted class."""
