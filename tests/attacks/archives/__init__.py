"""Archives that no folder can hold: each function makes one from the honest files, and says what it tries.

The bytes are written by hand where Python's own writers would not write them so.
"""

from __future__ import annotations

from tests.attacks.archives import sizes, tars, zips
from tests.attacks.archives.making import Maker

ARCHIVES: dict[str, Maker] = {make.__name__: make for module in (tars, sizes, zips) for make in module.ATTACKS}
