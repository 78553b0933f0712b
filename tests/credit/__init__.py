"""Credit requests at the desk."""
