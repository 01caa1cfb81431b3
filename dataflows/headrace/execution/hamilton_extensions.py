"""Hamilton's extensions, loaded when they are first asked for.

Hamilton imports plugins of a dozen libraries when it is first imported: 3 s where
plotting libraries are installed, more than all else that a question needs at its start.
Headrace uses none of them. To switch them off (`HAMILTON_AUTOLOAD_EXTENSIONS=0`) would
take `to.parquet` and `extract_columns` from the user's own Hamilton code in the same
process. So Hamilton's registries load all extensions at the first look into one of
them.

This is the one place that reaches into Hamilton's registry; a test says what it expects
there.
"""

import os
import sys

from hamilton import registry

#: Whatever imports a registry by name has to come after us.
_READERS = ("hamilton.function_modifiers", "hamilton.htypes")


def load_when_asked() -> None:
    """Makes the registries load Hamilton's extensions at the first look into one.

    Does nothing where Hamilton was imported before, since the extensions are then
    loaded, and where the user has decided with HAMILTON_AUTOLOAD_EXTENSIONS.
    """
    imported = any(name in sys.modules for name in _READERS)
    if imported or registry.INITIALIZED or registry.HAMILTON_AUTOLOAD_ENV in os.environ:
        return
    registry.LOADER_REGISTRY = _Registry(registry.LOADER_REGISTRY)
    registry.SAVER_REGISTRY = _Registry(registry.SAVER_REGISTRY)
    registry.DF_TYPE_AND_COLUMN_TYPES = _TypeRegistry(registry.DF_TYPE_AND_COLUMN_TYPES)
    registry.INITIALIZED = True  # Hamilton would load all of them now


class _Registry(dict):
    """A registry that Hamilton's extensions fill when it is first asked for a key.

    Like Hamilton's own, it has an empty list for a key that an adapter adds itself to.
    Extensions add to keys that are there from the start, too: pandas to "json". So the
    registry lists nothing before they are loaded. Hamilton would make `to.json` of what
    it lists at its import, and keep that.
    """

    has_begun = False
    are_loaded = False

    def __missing__(self, key: str) -> list:
        return self.setdefault(key, [])

    def __contains__(self, key: object) -> bool:
        _load_extensions()
        return dict.__contains__(self, key)

    def items(self):
        return super().items() if _Registry.are_loaded else {}.items()


class _TypeRegistry(_Registry):
    """The types of data frames and columns, which Hamilton looks through one by one."""

    def items(self):
        _load_extensions()
        return dict.items(self)


def _load_extensions() -> None:
    if not _Registry.has_begun:
        _Registry.has_begun = True  # first: extensions look into the registries too
        registry.initialize()
        _Registry.are_loaded = True
