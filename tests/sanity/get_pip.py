# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give ansible-test its pip without its download site.

``ansible-test --venv`` wants ``~/.ansible/test/cache/get_pip_24_2.py``, and downloads it if it is
not there. This file in that place does the same with the Python that is here and the package
index that pip is configured for.

Arguments: options and requirements for ``pip install``, and ``--no-setuptools``, ``--no-wheel``.
"""

from __future__ import annotations

import subprocess
import sys

if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a not in ("--no-setuptools", "--no-wheel")]
    subprocess.run([sys.executable, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([sys.executable, "-m", "pip", "install", *arguments], check=True)
