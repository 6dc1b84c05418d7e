"""What the package index shows: README, with links to files and pictures that an index does not hold as their paths."""

import re
from pathlib import Path

from setuptools import setup

README = Path(__file__).with_name("README.md").read_text(encoding="utf-8")
LINK_TO_A_FILE = re.compile(r"!?\[([^]]+)\]\((?![a-z]+:|#)([^)]+)\)")

setup(long_description=LINK_TO_A_FILE.sub(r"\1 (`\2`)", README), long_description_content_type="text/markdown")
