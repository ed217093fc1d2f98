"""One line a check, and an end at the first that fails."""

import sys


def check(what, holds, shown=""):
    if not holds:
        print(f"FAILED: {what}\n  {shown}", flush=True)
        sys.exit(1)
    print(f"ok: {what}", flush=True)


def same(what, got, expected):
    check(what, got == expected, f"expected {expected!r}\n  got      {got!r}")
