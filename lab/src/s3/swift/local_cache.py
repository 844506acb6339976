"""The part of a memcache client that Swift's proxy uses, as a dictionary: one process has no one else to tell."""

from time import monotonic


class LocalCache:
    """A WSGI filter that lends Swift a cache of what it knows of accounts and buckets, kept as long as Swift says."""

    def __init__(self, app):
        self.app = app
        self.entries = {}

    def __call__(self, env, start_response):
        env["swift.cache"] = self
        return self.app(env, start_response)

    def get(self, key, raise_on_error=False):
        value, until = self.entries.get(key, (None, 0))
        return value if until > monotonic() else None

    def set(self, key, value, serialize=True, time=0, min_compress_len=0):
        self.entries[key] = (value, monotonic() + (time or 60))

    def delete(self, key, server_key=None):
        self.entries.pop(key, None)
