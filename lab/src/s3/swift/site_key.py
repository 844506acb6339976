"""The one access key of a site."""

from swift.common.swob import HTTPUnauthorized

ACCOUNT = "AUTH_site"


class SiteKey:
    """Lets through what s3api parsed and the site's key signed; any other key, a bad signature or none is refused."""

    def __init__(self, app, access_key_id, secret_access_key):
        self.app = app
        self.access_key_id = access_key_id
        self.secret_access_key = secret_access_key

    def is_signed(self, env):
        signed = env.get("s3api.auth_details")
        return (
            signed is not None
            and signed["access_key"] == self.access_key_id
            and signed["check_signature"](self.secret_access_key)
        )

    def __call__(self, env, start_response):
        # Swift's own requests on behalf of one that was let through; no client can set this key.
        if env.get("swift.authorize_override"):
            return self.app(env, start_response)
        if not self.is_signed(env):
            return HTTPUnauthorized()(env, start_response)
        # s3api puts the access key where Swift has the account: /v1/<account>/<bucket>/<key>.
        parts = env["PATH_INFO"].split("/", 3)
        parts[2] = ACCOUNT
        env["PATH_INFO"] = "/".join(parts)
        env["REMOTE_USER"] = ACCOUNT
        env["swift_owner"] = True
        env["swift.authorize"] = lambda _req: None
        return self.app(env, start_response)
