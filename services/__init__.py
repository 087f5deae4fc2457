"""What happens: rules, engine and platform. Knows no screen."""
