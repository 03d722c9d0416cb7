"""``python -m layerkit`` is the command ``layerkit``."""

import sys

from layerkit.cli import main

sys.exit(main())
