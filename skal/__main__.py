"""The command line: ``skal compare photos``, ``skal label photos --classes cat dog``."""

import argparse
import shlex
import sys
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from skal.commands import compare, label

COMMANDS = (compare, label)  # each has add_command, which says what to run


def main(args: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(args)
    options.command = shlex.join(["skal", *(sys.argv[1:] if args is None else args)])
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            return int(options.run(options) or 0)
    except (ValueError, TypeError, OSError, ImportError) as error:  # what a user can mend
        print(f"skal: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\n{options.interrupted(options)}", file=sys.stderr)
        return 130  # as a shell says of what an interrupt ended: 128 + SIGINT


def _show_warning(message: Warning | str, *where: Any, **more: Any) -> None:
    print(f"skal: {message}", file=sys.stderr)  # lines of skal's code mean nothing to a user


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="skal", description="Active learning.")
    parser.add_argument("--version", action="version", version=f"skal {version('skal')}")
    commands = parser.add_subparsers(title="commands", required=True)
    for command in COMMANDS:
        command.add_command(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
