"""What a plugin says of itself before it is loaded. Importing a manifest must cost next to nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import Factory, field, frozen


@frozen
class Offer:
    """A contract that the plugin can provide when the setting (``"database.url"``) has one of these URL schemes.

    Several plugins may offer one contract this way; the configured scheme picks one and the others are not loaded.
    """

    contract: type[Any]
    setting: str
    schemes: tuple[str, ...]


def _tuple(values: Any) -> tuple[Any, ...]:
    return tuple(values)


@frozen(kw_only=True)
class Manifest:
    """One plugin, as data. It stands in the package's ``__init__`` under the name ``manifest``."""

    name: str
    """Lower case, also the name of its entry point, its configuration section and its table prefix."""
    summary: str
    load: str
    """Where the plugin class is: ``"newel_media.plugin:MediaPlugin"``. Imported only when the plugin is on."""
    version: str = "0.1.0"
    newel: str = ""
    """The Newel versions it is made for, such as ``">=0.1,<1"``. Empty: any."""
    docs: str = ""
    config: type[Any] | None = None
    """A frozen attrs class for the section ``[name]``; every field documented and with a default where possible."""
    sections: Mapping[str, type[Any]] = Factory(dict)
    """Shared sections it reads as well, e.g. ``{"database": DatabaseConfig}``; the class belongs to a contract."""
    needs: tuple[type[Any], ...] = field(default=(), converter=_tuple)
    """Contracts it cannot do without. It starts after their providers and stops before them."""
    wants: tuple[type[Any], ...] = field(default=(), converter=_tuple)
    """Contracts it uses when somebody provides them (``app.find``). Order only."""
    provides: tuple[type[Any] | Offer, ...] = field(default=(), converter=_tuple)
    """Contracts it provides while it runs."""
    after: tuple[str, ...] = field(default=(), converter=_tuple)
    """Names of plugins whose hooks and start come before its own. Order only."""
    commands: Mapping[str, str] = Factory(dict)
    """Top-level CLI command groups it owns, with a sentence each, so that ``newel --help`` loads no plugin."""
    bare: Mapping[str, str] = Factory(dict)
    """Those of ``commands`` that need no application, and where each is: ``{"probe": "newel_http.probing:probe"}``. For
    what has to be quick or to work where the site cannot start; such a command gets ``newel.cli.site.Site`` as its
    object (``click.pass_obj``), and is at this machine only."""
    optional: bool = False
    """Off unless the configuration enables it by name."""
    required: bool = False
    """Its failure stops the boot, although it is not one of ours."""

    def offered(self) -> tuple[type[Any], ...]:
        """The contracts it may provide, with or without a condition."""
        return tuple(offer.contract if isinstance(offer, Offer) else offer for offer in self.provides)
