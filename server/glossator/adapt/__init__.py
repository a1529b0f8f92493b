"""An adapter out of a repository: what is taken of it, how it is split, what is asked; the training is the engine's."""
