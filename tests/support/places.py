"""Where the checkout is that the tests belong to."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SQL = ROOT / "sql"
#: Public test collections, where the machine has them.
SHARED = ROOT.parent / "shared" / "data"
SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"
