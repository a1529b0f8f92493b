"""The cache library, alone."""
