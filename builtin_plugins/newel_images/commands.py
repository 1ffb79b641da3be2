"""``newel images check``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from newel.cli.output import show

if TYPE_CHECKING:
    from newel.cli.site import Site


@click.group(no_args_is_help=True)
def images() -> None:
    """Image work: which library serves, and whether it does."""


@images.command()
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.pass_obj
def check(site: Site, as_json: bool) -> None:
    """Say which imaging library serves, start a worker, and tell what it can do."""
    from newel.errors import BootError
    from newel_images.child import Lost
    from newel_images.config import ImagesConfig
    from newel_images.images import tools
    from newel_images.library import installed
    from newel_images.pool import Pool

    app = site.app()
    library = installed()
    if library is None:
        raise BootError("no imaging library is installed: pip install 'newel[media]'")

    async def network() -> str:
        pool = Pool(app.config(ImagesConfig), app.clock, app.log)
        try:
            return await pool.network()
        except Lost as error:
            raise BootError(f"no image worker starts: {error}") from None
        finally:
            await pool.close()

    found: dict[str, Any] = {
        "library": str(library),
        "formats": sorted(library.formats),
        "network": f"closed by {site.run(network())}",
        "posters": sorted(tools()),
    }
    show(found, as_json=as_json)
