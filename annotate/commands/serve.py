"""Give suggestions while annotators work: a Label Studio ML backend with the saved model.

examples:
  casualty-annotate serve                                   the model of the package, for Label Studio on this machine
  casualty-annotate serve --model my-model --port 9091
  casualty-annotate serve --retrain data/corpus --out live --project "Spring session" --articles news/ --every 200

Connect the address it prints in the project's Settings > Model, then choose the model's title in Settings >
Annotation > Prelabeling: a task that is opened without suggestions by this model gets them at that moment.

It listens on this machine alone (127.0.0.1), for whoever reaches it can read what the model says, and have it
retrained. To let another machine in, give an address of this one with --host, and set CASUALTY_SERVE_USER and
CASUALTY_SERVE_PASSWORD in the environment: Label Studio asks for both (Basic Authentication) when it is connected.

Label Studio itself refuses backends on private addresses, unless its own environment says ML_BLOCK_LOCAL_IP=false;
its webhooks, which --retrain needs, want USE_DEFAULT_BANNED_SUBNETS=false. This guard keeps people who may edit a
project from making the server call other services of its network: lift it only where you trust them.

With --retrain, every N annotations and at each "Start Training" the project is pulled into --out, a model is trained
on the corpus and the annotations (what most annotators of a sentence say), and takes the old one's place. With a
password, the project's webhook (Settings > Webhooks) needs the header "Authorization: Basic ..." as well.
"""

from __future__ import annotations

import argparse
import ipaddress
import logging
import os
import signal
import socket
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from rich.console import Console

from ._server import add_server, project_of, server_of

if TYPE_CHECKING:
    from ...models.scorer import Scorer
    from ..studio.backend import Served
    from ..studio.retraining import Retrainer

HELP = "give suggestions while annotators work (a Label Studio ML backend)"

USER, PASSWORD = "CASUALTY_SERVE_USER", "CASUALTY_SERVE_PASSWORD"
"""Environment variables: on the command line all who may list this machine's processes would see them."""

THREADS = 16
"""One suggests at a time; the others say that it is well, for which Label Studio waits no more than a second."""


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="a model of casualty-train (default: the newest "
                        "retrained one in --out, else the shipped one)")  # fmt: skip
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1, which "
                        "no other machine can reach)")  # fmt: skip
    parser.add_argument("--port", type=_port, default=9090, help="the port to listen on (default: 9090; 0: any)")
    group = parser.add_argument_group("retraining")
    group.add_argument("--retrain", nargs="+", type=Path, metavar="CORPUS", help="retrain on these corpus files or "
                       "folders and the annotations of --project")  # fmt: skip
    group.add_argument("--out", type=Path, metavar="FOLDER", help="where annotations and the retrained model go")
    group.add_argument("--articles", nargs="+", metavar="PATH", help="the articles that the project was exported from")
    group.add_argument("--every", type=int, default=100, metavar="N", help="annotations, new or changed, that are "
                       "worth a retraining (default: 100)")  # fmt: skip
    add_server(parser, required=False)


def _port(words: str) -> int:
    if not 0 <= int(words) < 2**16:
        raise argparse.ArgumentTypeError(f"{words} is not between 0 and 65535")
    return int(words)


def run(args: argparse.Namespace, screen: Console, errors: Console) -> int:
    import waitress.server

    from ...models.scorer import Scorer
    from ..page import check_config, labelling_config
    from ..studio.backend import MAX_BODY, Served, application
    from ..studio.retraining import MODEL

    _check(args)
    login = _login()
    retrained = args.out / MODEL if args.out else None
    served = Served(Scorer(args.model or (retrained if retrained and retrained.exists() else None)))
    check_config(labelling_config())  # the SDK takes seconds to load, which Label Studio does not wait for
    _log_to(errors)
    retrainer = _retrainer(args, served) if args.retrain else None
    try:
        try:
            server: Any = waitress.server.create_server(
                application(served, retrainer, login), host=args.host, port=args.port, threads=THREADS,
                max_request_body_size=MAX_BODY, ident="casualty-annotate",
            )  # fmt: skip
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise OSError(f"cannot listen on {args.host} port {args.port}: {reason}; give --port another one") from None
        _greet(errors, args, served.version, _listening(server)[1], bool(login))
        _stop_on_signals()
        server.run()  # returns on Ctrl-C
        server.close()
    except SystemExit:
        pass
    finally:
        if retrainer is not None:
            retrainer.stop()
    errors.print("stopped", markup=False)
    return 0


def _check(args: argparse.Namespace) -> None:
    """Raises ``ValueError`` if the options do not go together."""
    needed = {"--out": args.out, "--project": args.project, "--articles": args.articles}
    if args.retrain and (lacking := [name for name, value in needed.items() if not value]):
        raise ValueError(f"--retrain needs {' and '.join(lacking)}, too")
    if not args.retrain and (superfluous := [name for name, value in needed.items() if value]):
        raise ValueError(f"{superfluous[0]} does nothing without --retrain; give that the corpus to retrain on")
    if missing := [path for path in (*(args.retrain or ()), *(args.articles or ())) if not Path(path).exists()]:
        raise ValueError(f"there is no {missing[0]}; check the path")


def _login() -> tuple[str, str] | None:
    user, password = os.environ.get(USER, ""), os.environ.get(PASSWORD, "")
    if bool(user) != bool(password) or ":" in user:
        raise ValueError(f"set both {USER} (without a colon) and {PASSWORD}, or neither")
    return (user, password) if user else None


def _retrainer(args: argparse.Namespace, served: Served) -> Retrainer:
    from ..studio.retraining import Recipe, Retrainer, pull_gold

    server = server_of(args)
    project = project_of(server, args)
    recipe = Recipe(tuple(args.retrain), args.out, args.every, project.id)

    def use(scorer: Scorer) -> None:
        served.swap(scorer)

    return Retrainer(recipe, partial(pull_gold, server, project, args.articles), use)


def _listening(server: Any) -> tuple[str, int]:
    """Where a server listens; with several addresses (localhost has two) the first."""
    found = server.effective_listen[0] if hasattr(server, "effective_listen") else None
    host, port = found or (server.effective_host, server.effective_port)
    return str(host), int(port)


def _greet(errors: Console, args: argparse.Namespace, version: str, port: int, is_guarded: bool) -> None:
    """Say what is served where, and what stands in the way."""

    def say(words: str) -> None:
        errors.print(words, markup=False, soft_wrap=True)

    try:
        address = ipaddress.ip_address("127.0.0.1" if args.host == "localhost" else args.host)
    except ValueError:
        address = None
    is_any = address is not None and address.is_unspecified
    host = socket.gethostname() if is_any else f"[{args.host}]" if ":" in args.host else args.host
    say(f"{version} answers at this address; connect it in the project's Settings > Model:\n  http://{host}:{port}")
    if address is not None and (address.is_private or is_any):
        wanted = "ML_BLOCK_LOCAL_IP=false" + (" and USE_DEFAULT_BANNED_SUBNETS=false" if args.retrain else "")
        say(f"Label Studio refuses private addresses such as this one, a guard against forged requests, unless it was"
            f" started with {wanted} in its environment: do that only where you trust all who may edit its"
            " projects.")  # fmt: skip
    if not is_guarded and not (address is not None and address.is_loopback):
        say(f"Whoever reaches this address can use it: there is no password. Set {USER} and {PASSWORD} to ask for one.")
    say("Ctrl-C stops it.")


def _log_to(errors: Console) -> None:
    """Short lines on standard error: the hour and what happened."""
    handler = logging.StreamHandler(errors.file)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    own = logging.getLogger(__package__.rpartition(".")[0])
    own.handlers[:] = [handler]
    own.setLevel(logging.INFO)
    own.propagate = False


def _stop_on_signals() -> None:
    """A service manager's SIGTERM ends the backend as Ctrl-C does."""

    def stop(number: int, frame: object) -> NoReturn:
        raise SystemExit(0)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)
