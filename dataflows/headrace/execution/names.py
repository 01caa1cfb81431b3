"""The names of a graph: its nodes, what it takes from outside, and what is missing."""

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from types import ModuleType

from hamilton import driver

from headrace.errors import SettingsError, did_you_mean
from headrace.execution.modules import own_nodes

#: Characters of a wrong name that an error shows.
_SHOWN = 200


class GraphNames:
    """The names of a driver's graph, which Hamilton does not check: it ignores others.

    Attributes:
        nodes: of the graph.
        inputs: what it takes from outside.
        own: the nodes that come from modules of the user's own.
    """

    def __init__(self, dr: driver.Driver, modules: Sequence[ModuleType] = ()):
        variables = dr.list_available_variables()
        self.inputs = {variable.name for variable in variables if variable.is_external_input}
        self.nodes = {variable.name for variable in variables} - self.inputs
        self.own = set(own_nodes(dr, modules))
        self._driver = dr

    def check(self, nodes: Iterable[str], overrides: Iterable[str]) -> None:
        """Raises SettingsError for a name that is no node, or nothing to override."""
        check_names("node", nodes, self.nodes)
        check_names("node to override", overrides, self.nodes | self.inputs)

    def check_complete(self, nodes: Sequence[str], given: Collection[str]) -> None:
        """Raises SettingsError if a node of the user's own needs what nobody gives.

        Args:
            nodes: those asked for.
            given: the names of inputs and overrides.
        """
        if not self._own_needs.keys() - set(given):
            return
        upstream = {variable.name for variable in self._driver.what_is_upstream_of(*nodes)}
        for name, needs in self._own_needs.items():
            missing = sorted(needs - set(given))
            if missing and name in upstream and name not in given:
                meant = did_you_mean(missing[0], self.nodes | self.inputs - set(missing))
                raise SettingsError(
                    f'node "{name}" needs {missing[0]}, which is neither a node nor given{meant}'
                )

    @cached_property
    def _own_needs(self) -> dict[str, set[str]]:
        """What each node of the user's own takes from outside and cannot do without."""
        needs = {}
        for variable in self._driver.list_available_variables():
            if variable.name in self.own:
                needs[variable.name] = variable.required_dependencies & self.inputs
        return needs


def check_names(kind: str, given: Iterable[str], known: Collection[str]) -> None:
    """Raises SettingsError for names that are not known, saying what they may mean."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        meant = did_you_mean(unknown[0][:_SHOWN], known)
        raise SettingsError(f"unknown {kind}: {', '.join(unknown):.{_SHOWN}}{meant}")
