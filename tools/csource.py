# SPDX-License-Identifier: BSD-2-Clause
"""Just enough C to check sources: files, comments apart from code, functions, prototypes.

Relies on the layout that clang-format gives every file: the braces of a function stand alone in
the first column.
"""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

TOKEN = re.compile(
    r"(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<string>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')",
    re.DOTALL,
)


def files(root, folders, endings):
    """Paths relative to root, sorted; hidden folders and build trees are left out."""
    found = []
    for folder in folders:
        for at, names, leaves in os.walk(os.path.join(root, folder)):
            names[:] = [n for n in names if not n.startswith(".") and n != "build"]
            for leaf in leaves:
                if leaf.endswith(endings):
                    found.append(os.path.relpath(os.path.join(at, leaf), root))
    return sorted(found)


def tracked_files(root):
    """What is committed or about to be; without git, all files outside build trees."""
    try:
        out = subprocess.run(
            ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True, check=True,
        ).stdout.decode()
        names = [n for n in out.split("\0") if n]
    except (OSError, subprocess.CalledProcessError):
        names = files(root, ["."], "")
    return [n for n in sorted(names) if os.path.isfile(os.path.join(root, n))]


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="surrogateescape") as f:
        return f.read()


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def code_only(text):
    """The text with comments and the inside of strings blanked, every line in its place."""
    def repl(m):
        if m.group("comment"):
            return _blank(m.group())
        quote = m.group()[0]
        return quote + " " * (len(m.group()) - 2) + quote
    return TOKEN.sub(repl, text)


def comments_only(text):
    """The text with everything but comments blanked, every line in its place."""
    out, at = [], 0
    for m in TOKEN.finditer(text):
        out.append(_blank(text[at:m.start()]))
        out.append(m.group() if m.group("comment") else _blank(m.group()))
        at = m.end()
    out.append(_blank(text[at:]))
    return "".join(out)


def prototypes(text):
    """(line number, name, parameter text) of each function prototype at file level."""
    code = re.sub(r"^[ \t]*#(?:.*\\\n)*.*$", lambda m: _blank(m.group()), code_only(text),
                  flags=re.MULTILINE)
    code = re.sub(r'\bextern\s+"[^"]*"\s*\{', lambda m: _blank(m.group()), code)
    found, depth, start = [], 0, 0
    for at, c in enumerate(code):
        if c == "{":
            depth += 1
        elif c == "}":
            depth -= 1
        if depth == 0 and c in ";}":
            found += _prototype(code, start, at) if c == ";" else []
            start = at + 1
    return found


def _prototype(code, start, end):
    statement = code[start:end]
    if "{" in statement or re.match(r"\s*(typedef|static|struct\s+\w+\s*$|enum\b)", statement):
        return []
    bare = re.sub(r"__attribute__\s*\(\(.*?\)\)", lambda m: _blank(m.group()), statement,
                  flags=re.DOTALL)
    bare = re.sub(r"\bSW_PRINTF\s*\([^)]*\)", lambda m: _blank(m.group()), bare)
    m = re.search(r"\b([a-z]\w*)\s*\((.*)\)\s*$", bare, re.DOTALL)
    if m is None or "=" in bare[: m.start()]:
        return []
    first = start + len(statement) - len(statement.lstrip())
    return [(code.count("\n", 0, first) + 1, m.group(1), m.group(2))]


def parameters(text):
    """The parameters of a list, split at its own commas."""
    if text.strip() in ("", "void"):
        return []
    parts, depth = [""], 0
    for c in text:
        depth += (c in "([") - (c in ")]")
        if c == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    return [p.strip() for p in parts]


def report(tool, problems):
    """Print the problems, one a line; exit status of the tool."""
    for p in problems:
        print(p)
    print(f"{tool}: {len(problems)} problem{'s' if len(problems) != 1 else ''}")
    return 1 if problems else 0


def self_test(tool, cases):
    """cases: (name, number of problems wanted or None for any, problems found)."""
    failed = 0
    for name, wanted, problems in cases:
        ok = len(problems) > 0 if wanted is None else len(problems) == wanted
        if not ok:
            failed += 1
            print(f"self-test {name}: wanted {wanted}, got {problems}", file=sys.stderr)
    print(f"{tool}: {len(cases) - failed} of {len(cases)} planted cases judged rightly")
    return 1 if failed else 0
