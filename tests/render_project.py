"""A small project for tests of rendering, the command line and the plugin."""

from __future__ import annotations

from pathlib import Path

KCONFIG = """\
config FAX
	bool "Fax"

config PDF
	bool "PDF"
	depends on FAX

config DRIVER
	tristate "Driver"

config MODULES
	bool "Modules"
	default y
	modules

config PORT
	int "Port"
	default 80

config BASE
	hex "Base"
	default 0x010

config NAME
	string "Name"
	default "acme"
"""

INTERFACE = """\
format = 1
library = "small"

[modules]
fax = { c = "include/fax.h", python = "python/small/fax.py" }

[types]
bool = { c = "bool", python = "bool" }
number = { c = "unsigned long", python = "int" }

[[constant]]
name = "LIMIT"
module = "fax"
exists = "FAX"
meaning = "Pages a fax may have."

[[helper]]
name = "send"
module = "fax"
arguments = ["pages: number", "fast: bool = false"]
result = "bool"
requires = "FAX"
stub = { value = "false" }
meaning = "Send so many pages."

[[helper]]
name = "doubled"
module = "fax"
arguments = ["pages: number"]
result = "number"
requires = "PDF"
stub = { value = "argument" }
meaning = "Twice the pages, if there is PDF."

[[helper]]
name = "only_with_pdf"
module = "fax"
result = "number"
exists = "PDF"
meaning = "Not there without PDF."
"""

HEADER = """\
/* SPDX-License-Identifier: MIT */
#ifndef FAX_H
#define FAX_H

#include <stdbool.h>

{% constant LIMIT %}{{ PORT }}{% endconstant %}

{% helper send %}
	return pages <= LIMIT;
{% endhelper %}

{% helper doubled %}
	return pages * 2;
{% endhelper %}

{% helper only_with_pdf %}
	return 7;
{% endhelper %}

#endif
"""

MODULE = '''\
"""Faxes."""

{% constant LIMIT %}{{ PORT }}{% endconstant %}


{% helper send %}
    return pages <= LIMIT
{% endhelper %}


{% helper doubled %}
    return pages * 2
{% endhelper %}


{% helper only_with_pdf %}
    return 7
{% endhelper %}
'''

NO_RELATIONS = "format = 1\nstubs = false\nlanguages = false\n"
"""Leaves out what every variant must obey, for tests that count tests."""

FILES = {
    "kvariant.toml": '[generate]\ntemplates = "templates"\n',
    "Kconfig": KCONFIG,
    "configs/off.config": "# Nothing on.\n",
    "configs/on.config": "# All on.\nCONFIG_FAX=y\nCONFIG_PDF=y\n",
    "templates/interface.toml": INTERFACE,
    "templates/relations.toml": NO_RELATIONS,
    "templates/include/fax.h.j2": HEADER,
    "templates/python/small/fax.py.j2": MODULE,
    "templates/python/small/__init__.py.j2": '"""A small package."""\n',
}


def lay_out(folder: Path, **changed: str) -> Path:
    """Write the project below `folder`; `changed` files replace or add, by path."""
    for name, text in {**FILES, **changed}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
