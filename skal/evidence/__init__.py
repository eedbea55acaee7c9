"""What a strategy needs to know, and who answers it.

`skal.evidence.sweep`, which alone needs torch, is imported by name.
"""

from skal.evidence import _needs
from skal.evidence._committee import align_columns
from skal.evidence._evidence import Evidence
from skal.evidence._needs import *  # noqa: F403
from skal.evidence._pool_cache import PoolCache
from skal.evidence._providers import check_provides, last_step, measure

__all__ = ["Evidence", "PoolCache", "align_columns", "check_provides", "last_step", "measure"]
__all__ += _needs.__all__
