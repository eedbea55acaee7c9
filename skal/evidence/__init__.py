"""What a strategy needs to know, and who answers it."""

from skal.evidence import _needs
from skal.evidence._evidence import Evidence
from skal.evidence._kept import Kept
from skal.evidence._needs import *  # noqa: F403
from skal.evidence._providers import check_provides

__all__ = ["Evidence", "Kept", "check_provides"]
__all__ += _needs.__all__
