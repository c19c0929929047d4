"""Counts texts as Claude 3 to 4.6 and Claude 4.7 and later would, by Sander Land's reconstruction of their
tokenizers (package ctok, github.com/sanderland/ctok, MIT; Python 3.12). Of two million texts that he had counted by
Anthropic's endpoint it gave no more than one a wrong number, and none too low a one. Same protocol as families.mjs.
"""

import json
import sys

from ctok import token_count

VERSIONS = {"claude3": "3.0", "claude47": "4.7"}
# What a message of one text has around it. Blanks at its end merge with that, so they are counted before a full stop.
FRAME = {name: token_count(".", version) - 1 for name, version in VERSIONS.items()}


def count(name, text):
    if not text:
        return 0
    ends_blank = text[-1].isspace() or text[-1] < " "
    return token_count(text + "." * ends_blank, VERSIONS[name]) - ends_blank - FRAME[name]


print("\t".join(VERSIONS), flush=True)
for line in sys.stdin:
    text = json.loads(line)
    print("\t".join(str(count(name, text)) for name in VERSIONS))
