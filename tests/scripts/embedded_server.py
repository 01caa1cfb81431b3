"""Starts the embedded server and stays: `embedded_server.py DATA_DIR`.

It prints the folder of the server's socket, and waits until its input ends.
"""

import sys
from contextlib import closing
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from headrace.resources.postgres.embedded_server import EmbeddedServer

with closing(EmbeddedServer(Path(sys.argv[1]))) as server:
    print("ready", conninfo_to_dict(server.admin_uri)["host"], flush=True)
    sys.stdin.read()
