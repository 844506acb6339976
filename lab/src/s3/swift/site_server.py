"""One site's S3 endpoint: OpenStack Swift with its S3 API, the whole cluster in one process.

Started with the path of a JSON file: host, port, region, dataDir, accessKeyId, secretAccessKey. The file holds the
secret, so it is a file, never an argument. Says "ready" on its standard output once it answers.

Account, container and object server listen on loopback ports of their own choice, so the rings are written anew at
every start. Devices, and with them all data, stay where they are: an object is on disk (fsync) before its PUT is
answered, so a killed process loses nothing it acknowledged. The one access key owns everything; whatever it did not sign is refused.
"""

import array
import json
import logging
import os
import socket
import sys
import warnings

# The DNS resolver of eventlet is slow to import, and nothing here resolves a name.
os.environ["EVENTLET_NO_GREENDNS"] = "yes"
# Swift's metric and log time is UTC, set before anything reads the zone.
os.environ["TZ"] = "UTC+0"

import eventlet  # noqa: E402

eventlet.patcher.monkey_patch(all=False, socket=True, select=True, thread=True, time=True)

from eventlet import wsgi  # noqa: E402
from swift.account.server import app_factory as account_app  # noqa: E402
from swift.common import storage_policy, utils  # noqa: E402
from swift.common.http_protocol import SwiftHttpProtocol  # noqa: E402
from swift.common.middleware import catch_errors, copy, gatekeeper, healthcheck  # noqa: E402
from swift.common.middleware import listing_formats, slo  # noqa: E402
from swift.common.middleware.s3api import s3api  # noqa: E402
from swift.common.ring.ring import RingData  # noqa: E402
from swift.common.wsgi import RestrictedGreenPool  # noqa: E402
from swift.container.server import app_factory as container_app  # noqa: E402
from swift.obj.server import app_factory as object_app  # noqa: E402
from swift.proxy.server import Application  # noqa: E402

from listings import repair_listings  # noqa: E402
from local_cache import LocalCache  # noqa: E402
from s3_semantics import ConditionalWrites, PlainCompletion, extend_s3_requests  # noqa: E402
from site_key import SiteKey  # noqa: E402

PART_POWER = 6
# Two busy cores can stall a process for seconds; a slow answer is not a dead backend here.
NODE_TIMEOUT_SECONDS = "60"
MAX_PARTS = "10000"


def listen(host, port):
    # Not shared (eventlet's default), or two servers could hold one port and share its connections.
    sock = eventlet.listen((host, port), backlog=1024, reuse_port=False)
    # Accepted connections inherit it: head and body of an answer are two writes, 40 ms apart without.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def serve(sock, app):
    wsgi.server(
        sock,
        app,
        utils.NullLogger(),
        custom_pool=RestrictedGreenPool(size=1024),
        protocol=SwiftHttpProtocol,
        # Also how long a connection may idle: one that is closed just as it is used again costs the client an error.
        socket_timeout=600,
        # "ETag" must stay "ETag": S3 clients do not know "Etag".
        capitalize_response_headers=False,
    )


def log_to_stderr():
    """Swift logs to syslog, and to UDP port 514 when there is none; a lab writes to its own log file alone."""
    utils.ThreadSafeSysLogHandler = lambda **_: logging.NullHandler()
    utils.get_logger.console_handler4logger = {}
    # eventlet asks whether capitalize_response_headers is meant; see serve().
    warnings.filterwarnings("ignore", message="capitalize_response_headers")


def require_xattrs(directory):
    try:
        os.setxattr(directory, "user.swift.check", b"1")
    except OSError as error:
        sys.exit(f"{directory}: Swift keeps metadata in extended attributes, and cannot here: {error.strerror}")


def write_configuration(directory):
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, "swift.conf"), "w") as file:
        # Part of every object's path on disk: it must never change for a data folder.
        file.write("[swift-hash]\nswift_hash_path_suffix = novacron\n")
    utils.set_swift_dir(directory)
    storage_policy.reload_storage_policies()


def write_ring(directory, name, port):
    device = {"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "d1", "weight": 1.0}
    device |= {"replication_ip": "127.0.0.1", "replication_port": port, "meta": ""}
    RingData([array.array("H", [0] * 2**PART_POWER)], [device], 32 - PART_POWER).save(
        os.path.join(directory, f"{name}.ring.gz")
    )


def main():
    with open(sys.argv[1]) as file:
        site = json.load(file)
    log_to_stderr()
    extend_s3_requests()
    site_socket = listen(site["host"], site["port"])
    devices = os.path.join(site["dataDir"], "devices")
    swift_dir = os.path.join(site["dataDir"], "swift")
    os.makedirs(os.path.join(devices, "d1"), exist_ok=True)
    require_xattrs(os.path.join(devices, "d1"))
    write_configuration(swift_dir)

    conf = {
        "swift_dir": swift_dir,
        "devices": devices,
        "mount_check": "false",
        "log_level": "WARNING",
        "fallocate_reserve": "0",
        "node_timeout": NODE_TIMEOUT_SECONDS,
        "recoverable_node_timeout": NODE_TIMEOUT_SECONDS,
        "conn_timeout": "10",
        "container_update_timeout": NODE_TIMEOUT_SECONDS,
    }
    backends = {"account": account_app, "container": container_app, "object": object_app}
    for name, factory in backends.items():
        sock = listen("127.0.0.1", 0)
        write_ring(swift_dir, name, sock.getsockname()[1])
        eventlet.spawn(serve, sock, factory(dict(conf, log_name=f"{name}-server")))

    proxy_conf = dict(conf, account_autocreate="true", log_name="proxy-server")
    app = Application(dict(proxy_conf, policy_config={}))
    app = ConditionalWrites(app)
    app = slo.filter_factory(proxy_conf, max_manifest_segments=MAX_PARTS)(app)
    app = copy.filter_factory(proxy_conf)(app)
    app = PlainCompletion(app)
    app = SiteKey(app, site["accessKeyId"], site["secretAccessKey"])
    app = s3api.filter_factory(proxy_conf, max_upload_part_num=MAX_PARTS, location=site["region"])(app)
    app = LocalCache(app)
    app = listing_formats.filter_factory(proxy_conf)(app)
    app = gatekeeper.filter_factory(proxy_conf)(app)
    app = healthcheck.filter_factory(proxy_conf)(app)
    app = catch_errors.filter_factory(proxy_conf)(app)

    repair_listings(os.path.join(devices, "d1"), swift_dir, utils.get_logger(conf, "listings"))
    print("ready", flush=True)
    serve(site_socket, app)


if __name__ == "__main__":
    main()
