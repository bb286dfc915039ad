"""A program that counts visits, against a real server."""
import socket


def command(env, *words):
    """One command of the Redis protocol, as an application's client would send it."""
    text = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
    with socket.create_connection((env["REDIS_HOST"], int(env["REDIS_PORT"])), timeout=5) as connection:
        connection.sendall(text.encode())
        return connection.recv(1024).decode().strip()


def test_visits_are_counted(redis_env):
    assert command(redis_env, "INCR", "visits") == ":1"
    assert command(redis_env, "INCR", "visits") == ":2"
