"""`python -m gateway` is `postern`."""

import sys

from gateway.cli import main

sys.exit(main())
