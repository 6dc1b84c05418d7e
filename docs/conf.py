"""How the site is made of these pages: ``python -m sphinx -W -b html docs build/site``."""

import re
from pathlib import Path

from docutils import nodes

import lightwaves

project = "lightwaves"
author = "the lightwaves developers"
copyright = "2026, the lightwaves developers"
version = release = lightwaves.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["gallery", "made/**/*.ipynb", "made/**/*.py", "made/**/*.json"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
default_role = "py:obj"
suppress_warnings = ["config.cache"]

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say more
autodoc_mock_imports = ["aeon", "sktime"]
numpydoc_show_class_members = False

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "made",
    "filename_pattern": r"\.py$",
    "download_all_examples": False,
    "remove_config_comments": True,
    "capture_repr": ("_repr_html_",),
    "show_memory": False,
    "write_computation_times": False,
    "show_signature": False,
    "abort_on_example_error": True,
    "within_subsection_order": "FileNameSortKey",
}

html_theme = "furo"
html_title = f"lightwaves {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

ROOT = Path(__file__).resolve().parents[1]
AT_THE_ROOT = {  # pages that stand where people look for them in a clone
    "CHANGELOG.md": "project/changelog",
    "CODE_OF_CONDUCT.md": "project/conduct",
    "CONTRIBUTING.md": "project/contributing",
    "NOTICE.md": "project/notices",
    "SECURITY.md": "project/security",
}
LONGEST_UNBROKEN = 20  # letters: a narrow screen holds twice as many
OF_ROUTING = re.compile(r"set_\w+_request")
LINK = re.compile(r"\[([^]]+)\]\((?![a-z]+:|#)(?:\.\./)?([^)#\s]+)(#[\w-]+)?\)")


def of_the_site(text, up):
    """Text of a page with its links to files outside of this folder, or from there, as the site has them."""

    def link(found):
        words, target, anchor = found[1], found[2].removeprefix("docs/"), found[3] or ""
        if target in AT_THE_ROOT:
            return f"[{words}]({up}{AT_THE_ROOT[target]}.md{anchor})"
        return f"[{words}]({up}{target}{anchor})" if (ROOT / "docs" / target).exists() else f"{words} (`{target}`)"

    return LINK.sub(link, text)


def page_read(app, docname, source):
    """Show the pages at the root, and change the links of pages that name them."""
    for name, shown_at in AT_THE_ROOT.items():
        if docname == shown_at:
            source[0] = of_the_site((ROOT / name).read_text(encoding="utf-8"), "../")
    if "](../" in source[0] and "/" not in docname:
        source[0] = of_the_site(source[0], "")
    source[0] = source[0].replace("](gallery/README.rst)", "](made/index.rst)")


def short_code_unbroken(app, tree):
    """Mark code in a line whose words are short: a line then ends between them, not at a hyphen inside an option."""
    for code in tree.findall(nodes.literal):
        if all(len(word) <= LONGEST_UNBROKEN for word in code.astext().split()):
            code["classes"].append("unbroken")


def skipped(app, what, name, obj, skip, options):
    """Leave out what scikit-learn describes."""
    return skip or str(getattr(obj, "__module__", "")).startswith("sklearn.") or OF_ROUTING.fullmatch(name) is not None


def setup(app):
    """Register what this page defines."""
    app.connect("source-read", page_read)
    app.connect("doctree-read", short_code_unbroken)
    app.connect("autodoc-skip-member", skipped)
