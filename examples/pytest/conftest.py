"""A Redis for a whole session of pytest."""
import json
import os
import shlex
import subprocess

import pytest

STACKCTL = shlex.split(os.environ.get("STACKCTL", "stackctl"))


@pytest.fixture(scope="session")
def redis_env(tmp_path_factory):
    """The variables with which a client reaches the Redis: REDIS_HOST, REDIS_PORT, ..."""
    folder = tmp_path_factory.mktemp("stack")

    def stackctl(*args):
        done = subprocess.run([*STACKCTL, *args], cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"stackctl {' '.join(args)} exits with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    try:
        up = json.loads(stackctl("up", "redis", "--ports", "auto", "--json"))
        assert up["data"]["healthy"]
        lines = stackctl("env", "redis", "--format", "dotenv").splitlines()
        yield dict(line.split("=", 1) for line in lines)
    finally:
        stackctl("down", "--volumes", "--yes")
