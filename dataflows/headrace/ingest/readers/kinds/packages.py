"""The zip of XML parts that Office files and books are, opened with care."""

import io
import posixpath
import zipfile
from typing import Any
from urllib.parse import unquote

from headrace.errors import SourceError
from headrace.ingest.readers.cleaning import day_of, one_line
from headrace.ingest.readers.limits import Limits

#: The part with the title and the author of an Office file, where it usually is.
CORE_PROPERTIES = "docProps/core.xml"
#: How Office files of old begin, and those with a password.
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def opened_package(data: bytes, ending: str, limits: Limits) -> zipfile.ZipFile:
    """The zip. Nothing in it unpacks to more than its entries say, which is checked.

    Args:
        ending: how such a file's name ends, with its dot.
    Raises:
        SourceError: it is not one, has a password, or is over the limit when unpacked.
    """
    if data.startswith(_OLE_MAGIC):
        raise SourceError(
            f"not a {ending}: either protected by a password or of an older kind; "
            f"save it as {ending} without a password"
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile as fault:
        raise SourceError(
            f"damaged, or not a {ending} in spite of its name: it is no sound zip ({fault})"
        ) from fault
    unpacked_bytes = sum(entry.file_size for entry in archive.infolist())
    if unpacked_bytes > limits.max_bytes:
        raise limits.size_error(unpacked_bytes, "unpacked it is ")
    return archive


def part_of(archive: zipfile.ZipFile, name: str) -> Any:
    """The root of an XML part; None when there is no such part.

    Names of elements have no namespace: strict and usual files differ in that alone.
    Entities are not resolved.
    """
    from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]: it is compiled

    try:
        data = archive.read(name)
    except KeyError:
        return None
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    for element in root.iter(etree.Element):
        element.tag = etree.QName(element).localname
    return root


def core_properties(core: Any) -> tuple[str, dict[str, Any]]:
    """The title, and author and day of creation as metadata, of an Office file.

    Args:
        core: the root of its part of properties; None without one.
    """
    if core is None:
        return "", {}
    title, author = (one_line(core.findtext(name) or "") for name in ("title", "creator"))
    metadata = {"author": author, "created": day_of(core.findtext("created") or "")}
    return title, {name: value for name, value in metadata.items() if value}


def resolved(base: str, target: str) -> str:
    """The name of a part that the part `base` refers to as `target`."""
    target = unquote(target.partition("#")[0])
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(base), target)).lstrip("/")


def attribute(element: Any, name: str) -> str:
    """An attribute, in whatever namespace; "" when it is missing."""
    for full_name, value in element.attrib.items():
        if full_name.rpartition("}")[2] == name and full_name != name:
            return value
    return element.get(name, "")


def relations(archive: zipfile.ZipFile, name: str) -> dict[str, tuple[str, str]]:
    """The type and the part of each relation of an Office part, by its id."""
    folder, _, file = name.rpartition("/")
    root = part_of(archive, f"{folder}/_rels/{file}.rels")
    found = {}
    for relation in root if root is not None else ():
        if relation.get("TargetMode") != "External":
            kind = relation.get("Type", "").rpartition("/")[2]
            found[relation.get("Id", "")] = kind, resolved(name, relation.get("Target", ""))
    return found
