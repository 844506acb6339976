"""Makes a bucket's listing agree with its objects after a kill.

Swift stores an object first and lists it after. A process killed between the two leaves an object that nobody was told
of, which a create-only retry then finds in its way although no listing shows it. S3 knows no such state.
"""

import os
from glob import iglob

from swift.common.direct_client import (
    DirectClientException,
    direct_delete_container_object,
    direct_put_container_object,
)
from swift.common.ring import Ring
from swift.common.request_helpers import OBJECT_SYSMETA_CONTAINER_UPDATE_OVERRIDE_PREFIX as OVERRIDE
from swift.common.utils import split_path
from swift.obj.diskfile import read_metadata

# Only what was being written at the kill can be unlisted, and that is the newest on the disk.
WINDOW_SECONDS = 10


def newest_folders(device):
    """Folders of objects (one each) changed last, by the time of their last file."""
    folders = [(os.stat(path).st_mtime, path) for path in iglob(os.path.join(device, "objects", "*", "*", "*", ""))]
    newest = max(folders, default=(0, ""))[0]
    return [path for changed, path in folders if changed > newest - WINDOW_SECONDS]


def listing_headers(metadata):
    headers = {
        "x-timestamp": metadata["X-Timestamp"],
        "x-size": metadata["Content-Length"],
        "x-content-type": metadata["Content-Type"],
        "x-etag": metadata["ETag"],
    }
    # A multipart object is listed with the size and ETag of the whole, not of its manifest.
    for key, value in metadata.items():
        if key.lower().startswith(OVERRIDE):
            headers[key.lower().replace(OVERRIDE, "x-")] = value
    return headers


def repair_listings(device, swift_dir, logger):
    """Lists what is stored, unlists what is deleted; repeating it changes nothing, as entries carry the object's time."""
    ring = Ring(swift_dir, ring_name="container")
    for folder in newest_folders(device):
        name = max((name for name in os.listdir(folder) if name.endswith((".data", ".ts"))), default=None)
        if name is None:
            continue
        metadata = read_metadata(os.path.join(folder, name))
        account, container, key = split_path(metadata["name"], 3, 3, True)
        part, (node,) = ring.get_nodes(account, container)
        try:
            if name.endswith(".data"):
                headers = listing_headers(metadata)
                direct_put_container_object(node, part, account, container, key, headers=headers)
            else:
                headers = {"x-timestamp": metadata["X-Timestamp"]}
                direct_delete_container_object(node, part, account, container, key, headers=headers)
        except DirectClientException as error:
            logger.warning("listing not repaired: %s", error)
