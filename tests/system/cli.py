# SPDX-License-Identifier: Apache-2.0
"""The command line as a program uses it: --json, parsed."""
import json
import subprocess

from conftest import BUILD


def command(daemon, *arguments, **environment):
    return subprocess.run([BUILD / "daemon" / "junheng", "--config", daemon.config, *arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, env=daemon.environment(**environment), timeout=60)


def junheng(daemon, *arguments):
    run = command(daemon, "--json", *arguments)
    assert run.returncode == 0, (arguments, run.returncode, run.stderr)
    return json.loads(run.stdout)


def results(daemon, **filters):
    arguments = [a for k, v in filters.items() for a in (f"--{k}", v)]
    return {(r["indicator"], r["entity"], r["stage"]): r for r in junheng(daemon, "results", *arguments)}


def one(daemon, indicator, entity, stage, **filters):
    found = junheng(daemon, "results", "--indicator", indicator, "--entity", entity, "--stage", stage, *[a for k, v in filters.items() for a in (f"--{k}", v)])
    assert len(found) == 1, found
    return found[0]


def submissions(daemon):
    """Newest first."""
    return junheng(daemon, "submissions")


def alerts(daemon):
    return junheng(daemon, "alerts")


def explain(daemon, *arguments):
    return junheng(daemon, "explain", *arguments)
