"""The `ortaq` command: its nouns and verbs, and how every failure ends."""

import importlib
import importlib.metadata
import importlib.util
import json
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ledger.errors import LedgerError
from scripts.terminal.console import EXIT_BAD_INPUT, EXIT_DONE, exit_code, print_error

EXIT_INTERRUPTED, EXIT_INTERNAL = 130, 70
DEBUG_VARIABLE = "ORTAQ_DEBUG"

NOUNS = {
    "Founding": ("init", "keys", "succession", "config"),
    "Running": ("node", "network", "engines", "serve"),
    "Deciding": ("roll", "vote", "ballot", "evidence"),
    "Trying": ("demo", "replay"),
    "Checking": ("receipt", "verify", "export", "audit", "trace", "watch"),
}
"""Nouns by the panel of the help that they stand in. Each has a module of its name in `scripts.commands`, with an `app`
where it has verbs, else with a function of its name."""


class OperatingSystemError(LedgerError):
    """A file, a directory or a socket that the system does not let us use."""

    type = "system"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Result  the exit code: 0 done, 1 a check differs, 2 bad input (nothing written), 3 cannot be checked, 130
            interrupted, 70 a fault of this program.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in words
    try:
        code = make_app()(args=words, prog_name="ortaq", standalone_mode=False)
    except LedgerError as error:
        print_error(error, as_json=as_json)
        return exit_code(error)
    except typer.TyperException as error:
        return _print_usage_error(error, as_json=as_json)
    except (typer.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except OSError as error:
        print_error(_describe(error), as_json=as_json)
        return EXIT_BAD_INPUT
    except Exception as error:  # the last door: people get one line, not a traceback
        return _print_fault(error, as_json=as_json)
    return code if isinstance(code, int) else EXIT_DONE


def make_app() -> typer.Typer:
    """The whole application."""
    app = typer.Typer(
        name="ortaq",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(ortaq)
    for panel, nouns in NOUNS.items():
        for noun in nouns:
            if importlib.util.find_spec(f"scripts.commands.{noun}"):
                _register(app, panel, noun)
    return app


def _register(app: typer.Typer, panel: str, noun: str) -> None:
    module = importlib.import_module(f"scripts.commands.{noun}")
    if hasattr(module, "app"):
        app.add_typer(module.app, name=noun, rich_help_panel=panel, no_args_is_help=True)
    else:
        app.command(noun, rich_help_panel=panel)(getattr(module, noun))


def _print_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"ortaq {importlib.metadata.version('ortaq')}\n")
        raise typer.Exit


def ortaq(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """A ledger on which a community votes, owns and spends together, and which anyone can check.

    A LEDGER is a directory or the URL of a node; $ORTAQ_LEDGER names it once for all commands.
    Exit codes: 0 done, 1 a check differs, 2 bad input and nothing was written, 3 cannot be checked.
    """


def _print_usage_error(error: typer.TyperException, *, as_json: bool) -> int:
    """A mistake in the command line, in the same shape as every other error."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "ortaq"
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stdout.write(error.format_message() + "\n")
        return EXIT_BAD_INPUT
    detail = f"{error.format_message().rstrip('.')}; {command} --help shows how it is used"
    if as_json:
        problem: dict[str, Any] = {"type": "usage", "title": "Usage", "detail": detail, "command": command}
        sys.stdout.write(json.dumps(problem, ensure_ascii=False) + "\n")
    else:
        sys.stderr.write(f"ortaq: {detail} [usage]\n")
    return EXIT_BAD_INPUT


def _describe(error: OSError) -> OperatingSystemError:
    place = f"{error.filename}: " if error.filename else ""
    return OperatingSystemError(f"{place}{error.strerror or error}", path=str(error.filename or ""))


def _print_fault(error: Exception, *, as_json: bool) -> int:
    if os.environ.get(DEBUG_VARIABLE):
        traceback.print_exception(error, file=sys.stderr)
    detail = f"this is a fault of the program: {type(error).__name__}: {error}; {DEBUG_VARIABLE}=1 shows where"
    if as_json:
        sys.stdout.write(json.dumps({"type": "internal", "title": "Internal", "detail": detail}) + "\n")
    else:
        sys.stderr.write(f"ortaq: {detail} [internal]\n")
    return EXIT_INTERNAL


if __name__ == "__main__":
    sys.exit(main())
