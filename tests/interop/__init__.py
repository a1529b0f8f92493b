"""Against servers of the OpenAI API that other hands wrote."""
