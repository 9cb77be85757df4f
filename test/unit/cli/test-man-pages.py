#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
The manual pages and the programs say the same: every verb has a page, every option that a parser
knows is in its page and back, every exit code and every refusal code of the sources is in cxlfm(1)
and back.

usage: test-man-pages.py SOURCE_ROOT CXLFM
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(sys.argv[1])
CXLFM = sys.argv[2]
MAN = ROOT / "Documentation" / "man"
problems = []


def same(what, in_code, in_page):
    for name in sorted(set(in_code) - set(in_page)):
        problems.append(f"{what}: {name} is in the code and not in the page")
    for name in sorted(set(in_page) - set(in_code)):
        problems.append(f"{what}: {name} is in the page and not in the code")


def page(name):
    """A page with what it includes."""
    text = (MAN / f"{name}.adoc").read_text()
    return re.sub(r"^include::(\S+)\.adoc\[\]$", lambda match: page(match[1]), text, flags=re.M)


def page_section(name, title):
    match = re.search(rf"^== {title}\n(.*?)(?=^== |\Z)", page(name), flags=re.M | re.S)
    return match[1] if match else ""


def page_options(name):
    """The options of a page, as `--list-opts` would show them."""
    form = r"^(?:\*-(?P<letter>\w)\*, )?\*--(?P<name>[\w-]+)\*(?:=_(?P<value>[A-Z]+)_)?::$"
    return {
        f"{match['letter'] or '-'} {match['name']} {match['value'] or '-'}"
        for match in re.finditer(form, page_section(name, "OPTIONS"), flags=re.M)
    }


def run(*arguments):
    result = subprocess.run([CXLFM, *arguments], capture_output=True, text=True, check=True)
    return result.stdout.splitlines()


def check_cxlfm():
    verbs = run("--list-cmds")
    listed = re.findall(r"^\*cxlfm-([\w-]+)\*\(1\)::", page_section("cxlfm", "VERBS"), flags=re.M)
    same("verbs of cxlfm(1)", verbs, listed)
    same("options of cxlfm(1)", run("--list-opts"), page_options("cxlfm"))
    same("pages", [f"cxlfm-{verb}" for verb in verbs],
         [path.stem for path in MAN.glob("cxlfm-*.adoc")])
    for verb in verbs:
        # Every verb has --help; that is said once, in cxlfm(1).
        options = set(run(verb, "--list-opts")) - {"h help -"}
        same(f"options of cxlfm-{verb}(1)", options, page_options(f"cxlfm-{verb}"))
        if "include::exit-status.adoc[]" not in (MAN / f"cxlfm-{verb}.adoc").read_text():
            problems.append(f"cxlfm-{verb}(1) lacks its exit status")


def check_cxlfmd():
    source = (ROOT / "daemon" / "main.c").read_text()
    options = re.findall(r'\{ "([\w-]+)", (required|no)_argument,', source)
    in_page = {line.split()[1] for line in page_options("cxlfmd")}
    same("options of cxlfmd(8)", {name for name, _ in options}, in_page)


def check_exit_codes():
    source = (ROOT / "cli" / "exit-code.h").read_text()
    in_code = re.findall(r"^\tEXIT_CODE_\w+ = (\d+),", source, flags=re.M)
    in_page = re.findall(r"^\*(\d+)\*::", page("exit-status"), flags=re.M)
    same("exit codes", in_code, in_page)


def source_refusal_codes():
    """The codes in calls, in tables by errno or by what a record lacks, and in functions named so."""
    call = r'\b(?:refusal_add|existing_region_refuse|REFUSE|value_refuse|value_lose|notice|refuse_size)\(' \
        r'\s*[^"();]*"([a-z-]+)"'
    # In a macro, its first argument is an expression of its own.
    claim = r'\bclaim_refuse\(\s*(?:problems|\([a-z]+\)->problems|&plan->refusals), "([a-z-]+)"'
    answer = r'\brefuse\(call, \w+, "([a-z-]+)"'
    # A text or record_hint follows: other tables have names of another kind there.
    row = r'(?:-E[A-Z]+|\{ TOPO_KNOWN_\w+), "([a-z-]+)", *["r]'
    function = r'^(?:static )?const char \*\w*_code\(.*?^\}'
    codes = set()
    for folder in ("change", "cxl", "daemon"):
        for path in (ROOT / folder).rglob("*.c"):
            text = path.read_text()
            codes.update(re.findall(call, text))
            codes.update(re.findall(claim, text))
            codes.update(re.findall(answer, text))
            codes.update(re.findall(row, re.sub(r"\s+", " ", text)))
            for body in re.findall(function, text, flags=re.M | re.S):
                codes.update(re.findall(r'return "([a-z-]+)";', body))
    return codes


def check_refusal_codes():
    in_page = re.findall(r"^\*([a-z-]+)\*::", page("refusal-codes"), flags=re.M)
    same("refusal codes", source_refusal_codes(), in_page)
    for code in {code for code in in_page if in_page.count(code) > 1}:
        problems.append(f"refusal code {code} is in the page twice")


def main():
    check_cxlfm()
    check_cxlfmd()
    check_exit_codes()
    check_refusal_codes()
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


main()
