"""A user's own Hamilton code in a process that imports Headrace first.

`own_hamilton.py TASK FOLDER` prints, as JSON, which plugins were imported before the
task, and what it gave. Each task is the first that asks Hamilton for its extensions.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import headrace.pipeline
from headrace.drivers import query_driver
from headrace.execution.picture import mermaid
from headrace.settings import Settings

PLUGINS = ("matplotlib", "sklearn", "hamilton.plugins.pandas_extensions")


def columns(folder: Path) -> object:
    """A column taken out of a data frame."""
    import pandas as pd
    from hamilton import driver
    from hamilton.ad_hoc_utils import create_temporary_module
    from hamilton.function_modifiers import extract_columns

    @extract_columns("first", "second")
    def table(number: int) -> pd.DataFrame:
        return pd.DataFrame({"first": [number], "second": [2 * number]})

    def total(first: pd.Series, second: pd.Series) -> int:
        return int(first.sum() + second.sum())

    module = create_temporary_module(table, total)
    dr = driver.Builder().with_modules(module).build()
    return dr.execute(["total"], inputs={"number": 2})["total"]


def materializers(folder: Path) -> object:
    """Materializers by name."""
    from hamilton.io.materialization import from_, to

    return [callable(one) for one in (to.parquet, to.csv, from_.csv)]


def json_file(folder: Path) -> object:
    """A data frame saved as JSON: Hamilton has a plain saver of that name, too."""
    import pandas as pd
    from hamilton import driver
    from hamilton.ad_hoc_utils import create_temporary_module
    from hamilton.io.materialization import to

    def table(number: int) -> pd.DataFrame:
        return pd.DataFrame({"first": [number]})

    dr = driver.Builder().with_modules(create_temporary_module(table)).build()
    path = folder / "table.json"
    saver = to.json(id="saved", dependencies=["table"], filepath_or_buffer=str(path))
    dr.materialize(saver, inputs={"number": 2})
    return json.loads(path.read_text())


def decorators(folder: Path) -> object:
    """A data frame loaded by a decorator."""
    import pandas as pd
    from hamilton import driver
    from hamilton.ad_hoc_utils import create_temporary_module
    from hamilton.function_modifiers import load_from, value

    path = folder / "table.csv"
    path.write_text("first\n2\n")

    @load_from.csv(path=value(str(path)))
    def total(table: pd.DataFrame) -> int:
        return int(table["first"].sum())

    dr = driver.Builder().with_modules(create_temporary_module(total)).build()
    return dr.execute(["total"])["total"]


TASKS: dict[str, Callable[[Path], object]] = {
    "columns": columns,
    "materializers": materializers,
    "json file": json_file,
    "decorators": decorators,
}


def imported() -> list[str]:
    return [name for name in PLUGINS if name in sys.modules]


if __name__ == "__main__":
    assert headrace.pipeline
    after_import = imported()
    mermaid(query_driver(Settings(generation="extractive")))
    found = {"after import": after_import, "after a graph": imported()}
    found["given"] = TASKS[sys.argv[1]](Path(sys.argv[2]))
    found["in the end"] = imported()
    print(json.dumps(found))
