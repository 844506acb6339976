"""What S3 promises and this version of Swift's S3 API does not.

Swift refuses conditional writes since a cluster of many nodes cannot keep them. A site is one process, so it can: of
two create-only writes (If-None-Match: *) of one key, PutObject, CopyObject or CompleteMultipartUpload, one is stored
and the other is answered 412 PreconditionFailed. A PutObject with If-Match is stored only over the very object that it
names; on any other write If-Match is answered 501, never ignored.
"""

from contextlib import contextmanager

from eventlet.semaphore import Semaphore
from swift.common.middleware.s3api.s3request import S3Request
from swift.common.middleware.s3api.s3response import S3NotImplemented
from swift.common.wsgi import make_pre_authed_request
from urllib.parse import quote

CREATE_ONLY = "site.create_only"
ONLY_OVER = "site.only_over"


def replaces_object(request):
    return (
        request.method == "PUT"
        and "If-Match" in request.headers
        and not {"uploadId", "partNumber"} & set(request.params)
        and "X-Amz-Copy-Source" not in request.headers
    )


def extend_s3_requests():
    """Changes how s3api reads a request; the signature still covers every header that was sent."""
    initialize = S3Request.__init__
    validate_headers = S3Request._validate_headers
    check_md5 = S3Request.check_md5

    def read_request(request, env, app=None, conf=None):
        initialize(request, env, app, conf)
        completes_upload = request.method == "POST" and "uploadId" in request.params
        if (request.method == "PUT" or completes_upload) and request.headers.get("If-None-Match") == "*":
            # s3api would also apply it to what it looks up on the way: a copy's source, an upload's own record.
            del env["HTTP_IF_NONE_MATCH"]
            env[CREATE_ONLY] = True
        if replaces_object(request):
            env[ONLY_OVER] = env.pop("HTTP_IF_MATCH")

    def validate(request):
        if replaces_object(request):
            condition = request.environ.pop("HTTP_IF_MATCH")
            try:
                return validate_headers(request)
            finally:
                request.environ["HTTP_IF_MATCH"] = condition
        if request.method in ("PUT", "POST", "DELETE") and "If-Match" in request.headers:
            raise S3NotImplemented("If-Match on this write is not supported.")
        if request.method != "PUT" or request.headers.get("If-None-Match") != "*":
            return validate_headers(request)
        condition = request.environ.pop("HTTP_IF_NONE_MATCH")
        try:
            return validate_headers(request)
        finally:
            request.environ["HTTP_IF_NONE_MATCH"] = condition

    def check_body(request, body):
        # DeleteObjects: SDKs of today send no MD5. The signed SHA-256 was compared when the body was read.
        if "Content-MD5" in request.headers or len(request.headers.get("X-Amz-Content-SHA256", "")) != 64:
            check_md5(request, body)

    S3Request.__init__ = read_request
    S3Request._validate_headers = validate
    S3Request.check_md5 = check_body


class ConditionalWrites:
    """Conditional writes of one key take turns: Swift looks for the object when a PUT begins, not when it commits.

    For use below the copy and slo filters, so that the condition reaches only the object that is written.
    """

    def __init__(self, app):
        self.app = app
        self.turns = {}

    @contextmanager
    def turn(self, path):
        semaphore, users = self.turns.get(path, (Semaphore(), 0))
        self.turns[path] = (semaphore, users + 1)
        try:
            with semaphore:
                yield
        finally:
            users = self.turns[path][1]
            if users == 1:
                del self.turns[path]
            else:
                self.turns[path] = (semaphore, users - 1)

    def __call__(self, env, start_response):
        if env["REQUEST_METHOD"] != "PUT" or not (env.get(CREATE_ONLY) or env.get(ONLY_OVER)):
            return self.app(env, start_response)
        with self.turn(env["PATH_INFO"]):
            if env.get(CREATE_ONLY):
                env["HTTP_IF_NONE_MATCH"] = "*"
            elif not self.stands(env):
                start_response("412 Precondition Failed", [("Content-Length", "0")])
                return [b""]
            return self.app(env, start_response)

    def stands(self, env):
        """Whether the object is the one that the write may replace."""
        head = make_pre_authed_request(env, "HEAD", quote(env["PATH_INFO"]), agent="site", swift_source="SITE")
        found = head.get_response(self.app)
        return found.is_success and found.headers.get("Etag", "").strip('"') == env[ONLY_OVER].strip('"')


class PlainCompletion:
    """Makes a create-only CompleteMultipartUpload answer once, when its condition is known.

    s3api asks for a heartbeat, with which a status is sent before that. For use above the slo filter.
    """

    def __init__(self, app):
        self.app = app

    def __call__(self, env, start_response):
        if env.get(CREATE_ONLY) and "multipart-manifest=put" in env.get("QUERY_STRING", ""):
            env["QUERY_STRING"] = "multipart-manifest=put"
        return self.app(env, start_response)
