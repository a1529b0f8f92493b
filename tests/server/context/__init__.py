"""What a completion sees beside its own text."""
