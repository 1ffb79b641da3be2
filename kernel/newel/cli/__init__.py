"""The ``newel`` command: the kernel's own commands, and those that plugins and operations bring.

Help is made from manifests alone; plugins are loaded only for a command of theirs. Exit codes: 0 done, 1 failed,
2 wrong usage or input, 3 done in part, 4 conflict, 5 not found, 6 not allowed.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Any

import click

from newel.cli.site import Site
from newel.commands.outcome import exit_code, lines
from newel.errors import NewelError
from newel.versions import VERSION

__all__ = ["exit_code", "main", "newel", "run"]
COMPLETE = "_NEWEL_COMPLETE"
"""The variable by which a shell asks what a word could become."""
_OWN = {
    "serve": "Start the site (and set it up in an empty folder).",
    "init": "Set up a site in this folder without starting it.",
    "check": "Check configuration and plugins; touches nothing outside.",
    "doctor": "Look for all that is wrong, and say what to do.",
    "config": "Look at the configuration.",
    "plugins": "List, explain, switch, check and write plugins.",
    "version": "Versions of all there is; --check asks whether there is a newer one.",
    "completion": "Print what makes a shell complete commands.",
    "man": "Print the manual page, or write all of them.",
}


class Commands(click.Group):
    """Finds a command among ours, then among what plugins and operations bring."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_OWN, *sorted(set(self._site(ctx).command_help()) - set(_OWN))]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        name = "plugins" if name == "plugin" else name
        if name in _OWN:
            from newel.cli import completion, config, doctor, manual, plugins, serve, version

            own: dict[str, click.Command] = {
                "serve": serve.serve, "init": serve.init, "check": serve.check,
                "doctor": doctor.doctor, "config": config.config, "plugins": plugins.plugins,
                "version": version.version, "completion": completion.completion, "man": manual.man,
            }  # fmt: skip
            return own[name]
        from newel.cli.operations import bare_command, plugin_command

        return bare_command(self._site(ctx), name) or plugin_command(self._site(ctx), name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists commands from manifests, without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_OWN.items()))
        brought = {name: text for name, text in sorted(self._site(ctx).command_help().items()) if name not in _OWN}
        if brought:
            with formatter.section("Commands of plugins"):
                formatter.write_dl(list(brought.items()))

    def _site(self, ctx: click.Context) -> Site:
        if not isinstance(ctx.obj, Site):
            ctx.obj = Site.of(ctx.params)
        return ctx.obj


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="newel", message="%(prog)s %(version)s")
@click.option(
    "--site",
    type=click.Path(path_type=Path),
    envvar="NEWEL_SITE",
    default=Path(),
    show_default="here",
    is_eager=True,
    help="The site's folder: newel.toml, data/, plugins/.",
)
@click.option(
    "--set", "sets", multiple=True, metavar="SECTION.KEY=VALUE", is_eager=True, help="Set one configuration value."
)
@click.option("--safe", is_flag=True, is_eager=True, help="Leave out all plugins that do not ship with Newel.")
@click.option("--strict", is_flag=True, is_eager=True, help="Stop when any plugin fails, not only our own.")
@click.option(
    "--trace-hooks", is_flag=True, is_eager=True, help="Print every hook call with its time to standard error."
)
@click.pass_context
def newel(ctx: click.Context, /, **options: Any) -> None:
    """Newel, a headless CMS in which every feature is a plugin."""
    if not isinstance(ctx.obj, Site):  # made already where a plugin's command was looked up, with its application
        ctx.obj = Site.of(options)


def main(arguments: list[str] | None = None) -> None:
    """Runs the command and ends the process with its exit code."""
    gc.disable()  # a tenth of a start is a search for garbage among imports; Site.app goes on with it
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Runs the command and answers its exit code; errors are one line on standard error, never a traceback."""
    if instruction := os.environ.get(COMPLETE):
        from newel.cli.completion import complete

        return complete(newel, instruction)
    try:
        result = newel.main(args=arguments, prog_name="newel", standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        _misplaced(error).show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        return 130
    except NewelError as error:
        _complain(error)
        return exit_code(error)
    except BrokenPipeError:
        return 0
    return result if isinstance(result, int) else 0


def _misplaced(error: click.ClickException) -> click.ClickException:
    """The error; where an option of ours stands behind the command, it says where that belongs."""
    if isinstance(error, click.NoSuchOption) and error.option_name in {
        name for one in newel.params for name in one.opts
    }:
        text = f"{error.option_name} stands before the command: newel {error.option_name} ..."
        return click.UsageError(text, ctx=error.ctx)
    return error


def _complain(error: NewelError) -> None:
    from newel.cli.output import clean

    for text in lines(error):
        for line in text.split("\n"):
            click.echo(clean(line), err=True)  # it may tell what others wrote
