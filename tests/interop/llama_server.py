"""llama.cpp's own HTTP server in a process of its own: `python -m tests.interop.llama_server GGUF KEY [LORA]`.

Prints its address, and ends with its standard input.
"""

import sys

import xllamacpp


def main(weights: str, key: str, adapter: str = "") -> None:
    """Serve until nobody wants it any more."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = weights
    parameters.model_alias = {"smollm2"}
    parameters.api_keys = [key]
    parameters.n_ctx = 2048
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    parameters.warmup = False
    if adapter:
        lora = xllamacpp.CommonAdapterLoraInfo()
        lora.path, lora.scale = adapter, 1.0
        parameters.lora_adapters = [lora]
    parameters.port = 0
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
