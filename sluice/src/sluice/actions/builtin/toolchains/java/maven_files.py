"""Maven's ``settings.xml`` and ``toolchains.xml``, as actions/setup-java writes them. In: names. Out: XML."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

from msgspec import Struct

_SETTINGS = """<settings xmlns="http://maven.apache.org/SETTINGS/1.0.0"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:schemaLocation="http://maven.apache.org/SETTINGS/1.0.0 https://maven.apache.org/xsd/settings-1.0.0.xsd">
  <interactiveMode>false</interactiveMode>
  <servers>
{servers}
  </servers>
</settings>
"""


class Toolchain(Struct, frozen=True, kw_only=True):
    """A JDK as Maven's toolchains know it."""

    version: str
    vendor: str
    id: str
    home: str


def settings(server: str, username: str, password: str, passphrase: str = "") -> str:
    """A server whose name and password are variables of the environment, and one for the key's passphrase."""
    servers = [_server(server, f"<username>${{env.{username}}}</username>", password)]
    if passphrase:
        servers.append(_server("gpg.passphrase", "", passphrase).replace("password>", "passphrase>"))
    return _SETTINGS.format(servers="\n".join(servers))


def _server(name: str, user: str, variable: str) -> str:
    parts = (f"<id>{escape(name)}</id>", user, f"<password>${{env.{variable}}}</password>")
    inner = "\n".join(f"      {part}" for part in parts if part)
    return f"    <server>\n{inner}\n    </server>"


def toolchains(entries: Iterable[Toolchain]) -> str:
    """All of them in one file."""
    return "\n".join(['<?xml version="1.0"?>', "<toolchains>", *map(_toolchain, entries), "</toolchains>", ""])


def _toolchain(entry: Toolchain) -> str:
    provided = {"version": entry.version, "vendor": entry.vendor, "id": entry.id}
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in provided.items())
    home = f"<configuration><jdkHome>{escape(entry.home)}</jdkHome></configuration>"
    return f"  <toolchain><type>jdk</type><provides>{inner}</provides>{home}</toolchain>"
