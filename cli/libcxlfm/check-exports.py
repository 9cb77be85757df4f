#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares what libcxlfm exports with its version script and its headers.

usage: check-exports.py LIBRARY VERSION-SCRIPT HEADER...
"""

import pathlib
import re
import subprocess
import sys


def exported(library):
    lines = subprocess.run(["nm", "-D", "--defined-only", library], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    names = (line.split() for line in lines)
    # The version node itself is an absolute symbol.
    return {name[2].split("@")[0] for name in names if name[1] != "A"}


def in_script(path):
    return set(re.findall(r"^\s*(cxlfm_\w+);", pathlib.Path(path).read_text(), re.M))


def in_headers(paths):
    text = "\n".join(pathlib.Path(path).read_text() for path in paths)
    declared = re.findall(r"CXLFM_PUBLIC\s[^;(]*?\b(cxlfm_\w+)\s*\(", text)
    documented = re.findall(r"^ \* (cxlfm_\w+)\(\) - ", text, re.M)
    return set(declared), set(documented)


def main():
    library, script, *headers = sys.argv[1:]
    declared, documented = in_headers(headers)
    views = {
        "the library": exported(library),
        "the version script": in_script(script),
        "the headers": declared,
        "the documentation": documented,
    }
    everything = set().union(*views.values())
    failed = not declared
    for name in sorted(everything):
        for view, names in views.items():
            # Sanitizers bring symbols of their own into the library.
            if name not in names and name.startswith("cxlfm_"):
                print(f"{name} is missing in {view}")
                failed = True
    for name in sorted(views["the library"]):
        if not name.startswith(("cxlfm_", "__asan", "__ubsan", "__odr_asan", "__sanitizer")):
            print(f"{name} should not be exported")
            failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
