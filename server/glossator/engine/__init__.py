"""The model's own process: the only package that imports torch. Reached over HTTP, never imported.

Where the library ``kernels`` is installed and the processor has AVX512_BF16, bitsandbytes fetches machine code from the
hub when it is imported, or takes it from the hub's cache, and runs it; transformers can. Here nothing runs that was not
installed: the library counts as missing.
"""

import logging
import sys
from typing import Any, cast

cast("dict[str, Any]", sys.modules).setdefault("kernels", None)
# It complains of that on standard error, and logs one line for every product of matrices in int8 under bf16.
logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
