"""Starts the Hamilton UI here: the graph, its nodes' code, and each tracked question.

  run.py ui                          then, in another terminal:
  run.py ask "..." --tenant T --track
  run.py ui --demo                   also sends the runs of the demo's questions

The Hamilton UI is a Django development server and asks for no password. Started from
here it listens on 127.0.0.1 only, and its page loads nothing from elsewhere; neither
holds for `hamilton ui` itself. Whoever can log in to this machine can still read what
is tracked: questions, answers and excerpts of documents. Runs are kept under
HEADRACE_DATA_DIR/ui. Ctrl-C ends it.
"""

import argparse
import socket
import subprocess
import sys
import time
import webbrowser
from importlib.util import find_spec
from pathlib import Path

import headrace
from headrace.commands import arguments, demo, interruption, output
from headrace.errors import HeadraceError
from headrace.pipeline import Pipeline
from headrace.resources.hamilton_ui.ui_client import HamiltonUI
from headrace.settings import Settings

_START_S = 60.0
_STOP_S = 5.0
_LOG_LINES = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port",
        type=int,
        metavar="P",
        help="instead of the setting ui_port (HEADRACE_UI_PORT, 8241)",
    )
    parser.add_argument("--no-open", action="store_true", help="do not open a browser")
    parser.add_argument(
        "--demo", action="store_true", help="ask the questions of run.py demo, for runs to look at"
    )
    arguments.add_settings(parser)


def run(args: argparse.Namespace) -> int:
    port = {} if args.port is None else {"ui_port": args.port}
    settings = arguments.settings_of(args, **port)
    ui = HamiltonUI(settings.ui_port)
    if ui.healthy():
        output.say(f"A Hamilton UI already runs here: {_project_page(ui)}")
        if args.demo:
            _send_demo(settings)
        return 0
    _check(ui)
    folder = settings.data_dir / "ui"
    server = _started(ui, folder)
    try:
        _wait_until_up(ui, server, folder)
        if args.demo:
            _project_page(ui)
            _send_demo(settings)
        _welcome(ui, folder, open_browser=not args.no_open)
        server.wait()
    except KeyboardInterrupt:
        interruption.close_calmly()
        return 0
    finally:
        _stop(server)
    raise HeadraceError(f"the Hamilton UI ended by itself{_log_end(folder)}")


def _check(ui: HamiltonUI) -> None:
    """Raises HeadraceError when the UI is not installed or its port is taken."""
    if find_spec("hamilton_ui") is None:
        raise HeadraceError("the Hamilton UI is not installed: pip install 'headrace[ui]'")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", ui.port))
        except OSError as error:
            raise HeadraceError(
                f"the Hamilton UI cannot listen on port {ui.port}: {error.strerror}; choose "
                "another with --port"
            ) from None


def _started(ui: HamiltonUI, folder: Path) -> subprocess.Popen[bytes]:
    """The server as a process.

    It ends when its standard input does, and so also when this process is killed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        log = _log(folder).open("wb")
    except OSError as error:
        raise HeadraceError(
            f"the Hamilton UI cannot keep its runs under {folder}: {error}; set "
            "HEADRACE_DATA_DIR to another folder"
        ) from None
    module = "headrace.resources.hamilton_ui.ui_server"
    with log:
        return subprocess.Popen(
            [sys.executable, "-m", module, str(ui.port), str(folder)],
            cwd=Path(headrace.__file__).parent.parent,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            # Ctrl-C reaches this process alone, which then ends the server.
            start_new_session=True,
        )


def _wait_until_up(ui: HamiltonUI, server: subprocess.Popen[bytes], folder: Path) -> None:
    """Waits for the server.

    Raises HeadraceError, with the end of its log, when it ends or does not answer.
    """
    deadline = time.monotonic() + _START_S
    with output.errors.status("starting the Hamilton UI"):
        while not ui.healthy():
            if server.poll() is not None:
                raise HeadraceError(f"the Hamilton UI did not start{_log_end(folder)}")
            if time.monotonic() > deadline:
                raise HeadraceError(
                    f"the Hamilton UI did not answer within {_START_S:.0f} s{_log_end(folder)}"
                )
            time.sleep(0.1)


def _send_demo(settings: Settings) -> None:
    """Asks the demo's questions, so that there are runs to look at."""
    settings = settings.model_copy(update={"download_models": False})
    with Pipeline.open(settings, track=True) as rag:
        demo.ingest(rag)
        for question in demo.QUESTIONS:
            rag.ask(question.text, demo.TENANT)
    output.say(f"{len(demo.QUESTIONS)} questions of the demo were asked; their runs are there")


def _welcome(ui: HamiltonUI, folder: Path, open_browser: bool) -> None:
    page = _project_page(ui)
    is_usual = ui.port == Settings.model_fields["ui_port"].default
    chosen = "" if is_usual else f" --set ui_port={ui.port}"
    output.say(f"The Hamilton UI is at {page}\n\nSend runs there with")
    output.say(f'run.py ask "..." --tenant T --track{chosen}', indent=2)
    output.say(f"run.py batch ... --track{chosen}", indent=2)
    output.say(
        "\nIt is a development server without passwords, so it listens on 127.0.0.1 only, and "
        "its page loads nothing from elsewhere.\n"
        f"Runs (questions, answers, excerpts) are kept under {folder}. Ctrl-C ends it."
    )
    if open_browser:
        webbrowser.open(page)


def _project_page(ui: HamiltonUI) -> str:
    """Where our project's runs are; the project is made if there is none."""
    try:
        project = ui.project_id() or ui.make_project()
    except OSError as error:
        raise HeadraceError(
            f"looking up the project in the Hamilton UI on port {ui.port} failed: {error}"
        ) from None
    return f"{ui.address}/dashboard/project/{project}/runs"


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    if server.stdin is not None:
        server.stdin.close()


def _log(folder: Path) -> Path:
    return folder / "server.log"


def _log_end(folder: Path) -> str:
    """The last lines of the server's log, to put after a message."""
    lines = _log(folder).read_text(errors="replace").strip().splitlines()[-_LOG_LINES:]
    return "\n  ".join([f"; its log, {_log(folder)}, ends:", *(lines or ["(it is empty)"])])
