"""Reference data of the service standard, and a demo centre of any size."""
