"""The engine: works on any declared table, knows no area and no screen."""
