#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
What people are told to run exists: each `cxlfm VERB --option` of a hint, a message, a manual page or
a document is a verb of the program, with options of that verb.

usage: test-told-commands.py SOURCE_ROOT CXLFM
"""

import functools
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(sys.argv[1])
CXLFM = sys.argv[2]

LITERAL = r'"(?:[^"\\\n]|\\.)*"'
# A string in its pieces, with what the preprocessor puts between them.
STRING = re.compile(rf"{LITERAL}(?:(?:\s|[A-Z][A-Za-z0-9_]*\b)*{LITERAL})*")
# What a shell or a sentence has behind a command.
END = r"[^`'\"*\n|;&<>#()]*"
TOLD = {
    ".c": re.compile(rf"[`']cxlfm ({END})"),
    ".adoc": re.compile(rf"(?:^[#$] |[`*|] *|^ +(?:[#$] |sudo )?)cxlfm ({END})", re.M),
    ".md": re.compile(rf"(?:^[#$] |[`|] *|^ +(?:[#$] |sudo )?)cxlfm ({END})", re.M),
}


def run(*arguments):
    result = subprocess.run([CXLFM, *arguments], capture_output=True, text=True, check=True)
    return result.stdout.splitlines()


@functools.cache
def options(verb):
    """The letters and names that a verb takes, and whether each has a value."""
    found = {}
    for letter, name, value in map(str.split, run(*verb.split(), "--list-opts")):
        found["--" + name] = found["-" + letter] = value != "-"
    return found


VERBS = set(run("--list-cmds"))


def strings(path):
    """The texts of a program, each in one piece, and their lines."""
    text = path.read_text()
    for match in STRING.finditer(text):
        pieces = re.findall(LITERAL, match[0])
        yield text.count("\n", 0, match.start()) + 1, "".join(piece[1:-1] for piece in pieces)


def texts():
    for folder in ("cli", "cxl", "daemon", "util"):
        for path in sorted((ROOT / folder).rglob("*.c")):
            for line, text in strings(path):
                yield f"{path.relative_to(ROOT)}:{line}", ".c", text
    for path in [*sorted((ROOT / "Documentation").rglob("*.adoc")), *sorted(ROOT.glob("*.md"))]:
        for line, text in enumerate(path.read_text().splitlines(), 1):
            yield f"{path.relative_to(ROOT)}:{line}", path.suffix, text


def wrong_option(word, known):
    """Of "-RDi" each letter is one, to the first that has a value."""
    if word.startswith("--"):
        name = word.split("=")[0]
        return None if name in known else name
    for letter in word[1:]:
        if f"-{letter}" not in known:
            return f"-{letter}"
        if known[f"-{letter}"]:
            return None
    return None


def wrong_word(words):
    """What in these arguments of cxlfm it does not know, or None."""
    verb, takes_value = "", False
    for word in words:
        if takes_value:
            takes_value = False
        elif word.startswith("-") and len(word) > 1:
            known = options(verb)
            if wrong := wrong_option(word, known):
                return f"{verb} {wrong}".strip()
            takes_value = known.get(word, False)
        elif not verb and word not in VERBS:
            return word
        else:
            verb = verb or word
    return None


def main():
    count = problems = 0
    for place, kind, text in texts():
        for arguments in TOLD[kind].findall(text):
            # A sentence that has the program's name in it, or a verb that is filled in.
            words = [word.rstrip(".,") for word in arguments.split()]
            if not words or words[0].startswith(("%", "VERB", "_", "[")):
                continue
            count += 1
            if wrong := wrong_word(words):
                problems += 1
                print(f"{place}: there is no `cxlfm {wrong}`: {text}", file=sys.stderr)
    assert count > 60, count
    sys.exit(1 if problems else 0)


main()
