"""A model as one graph for onnxruntime: built here by hand from its weights, in eight bits, once for each state."""
