"""One way to import what an extra brings, and one message when it is missing."""

import importlib
from types import ModuleType


def require(module: str, *, extra: str, purpose: str) -> ModuleType:
    """Import a module that only an extra of skal installs.

    Parameters
    ----------
    module : str
        Dotted name, such as ``"modAL.batch"``.
    extra : str
        The extra of skal that installs it, such as ``"modal"``.
    purpose : str
        What needs it, in the user's words: a function or class name.

    Returns
    -------
    module : module
        The imported module.

    Raises
    ------
    ImportError
        If it cannot be imported; the message says what to install.

    Examples
    --------
    >>> from skal._optional import require
    >>> require("json", extra="modal", purpose="this example").dumps([1])
    '[1]'
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{purpose} needs {module}, which could not be imported ({error}); "
            f'install it with: pip install "skal[{extra}]"'
        ) from error
