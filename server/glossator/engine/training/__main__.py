"""``python -m glossator.engine.training FOLDER``: see ``run``."""

import sys

from glossator.engine.training.run import main

sys.exit(main(sys.argv[1:]))
