"""`python -m tests.bench.complete.llama_process GGUF THREADS`: llama.cpp's HTTP server as llama.vim recommends it.

One slot, prefix caching and its reuse by chunks of 256. Prints its address, and ends with its standard input.
"""

from __future__ import annotations

import sys

import xllamacpp


def main(weights: str, threads: str) -> None:
    """Serve until nobody wants it any more."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = weights
    parameters.n_ctx = 4096
    parameters.n_parallel = 1
    parameters.n_batch = parameters.n_ubatch = 1024
    parameters.n_cache_reuse = 256
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = int(threads)
    parameters.port = 0
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
