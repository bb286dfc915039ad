"""redis-py with its defaults behind the protocol of an adapter.

Its calls block, so several threads call it. Options of the client as arguments, each with a JSON value:

    adapter.py socket_timeout=1 retry_on_timeout=true
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import redis
from redis.sentinel import Sentinel

THREADS = 8
lock = Lock()


def say(message):
    with lock:
        print(json.dumps(message), flush=True)


def connect(hello, options):
    sentinels = [(one["host"], one["port"]) for one in hello["sentinels"]]
    sentinel = Sentinel(sentinels, sentinel_kwargs={"password": hello.get("sentinelPassword")})
    return sentinel.master_for(hello["group"], password=hello.get("password"), **options)


def write(client, order):
    try:
        client.rpush(order["key"], order["value"])
        say({"id": order["id"], "type": "ok"})
    except Exception as error:  # of the last attempt: what became of those before it, nobody knows
        say({"id": order["id"], "type": "info", "error": str(error) or type(error).__name__})


def main():
    options = {name: json.loads(value) for name, value in (word.split("=", 1) for word in sys.argv[1:])}
    client = connect(json.loads(sys.stdin.readline()), options)
    client.ping()
    say({"ready": True, "client": "redis-py", "version": redis.__version__})
    threads = ThreadPoolExecutor(THREADS)
    for line in sys.stdin:
        threads.submit(write, client, json.loads(line))
    os._exit(0)  # with whatever still waits


main()
