"""The demo's three hand-ins: the reference as it is, with two classic mistakes, and with a loop that never ends.

Only the changes are kept here; the rest is read from the bundled assignment.
"""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import msgspec


class Change(msgspec.Struct, frozen=True):
    """In `file`, the text `right` (which stands there once) becomes `wrong`."""

    file: str
    right: str
    wrong: str


RIGHT: tuple[Change, ...] = ()

TWO_MISTAKES = (
    # The gradient of the weights is summed over the batch and not averaged.
    Change("mytorch/linear.py", "self.dW = self.x.T @ delta / len(delta)", "self.dW = self.x.T @ delta"),
    # The derivative of tanh without the square.
    Change("mytorch/activation.py", "return 1.0 - self.state**2", "return 1.0 - self.state"),
)

ENDLESS_LOOP = (
    # Evaluation row by row, with an index that never grows.
    Change(
        "mytorch/batchnorm.py",
        "            self.norm = (x - self.running_mean) / np.sqrt(self.running_var + self.eps)\n",
        "            self.norm = np.zeros_like(x)\n"
        "            i = 0\n"
        "            while i < len(x):\n"
        "                self.norm[i] = (x[i] - self.running_mean) / np.sqrt(self.running_var + self.eps)\n",
    ),
)


def pack(reference: Path, changes: tuple[Change, ...]) -> bytes:
    """A handin.tar of the reference folder with these changes. Raises ValueError when one does not fit."""
    texts = {
        path.relative_to(reference).as_posix(): path.read_text(encoding="utf-8") for path in reference.rglob("*.py")
    }
    for change in changes:
        if texts.get(change.file, "").count(change.right) != 1:
            raise ValueError(f"{change.file} of the reference does not hold, once: {change.right}")
        texts[change.file] = texts[change.file].replace(change.right, change.wrong)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, text in sorted(texts.items()):
            content = text.encode()
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
