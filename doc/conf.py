"""Configuration of Sphinx; `make doc` builds the pages into doc/_build/html."""

import os
import sys
import warnings
from importlib.metadata import version as installed_version
from pathlib import Path

import matplotlib as mpl
import torch
from docutils import nodes
from sphinx.directives.other import Include

mpl.use("Agg")
sys.path.insert(0, str(Path(__file__).parent))  # gallery_order
# Threads of small products wait for each other; this holds for child processes too.
os.environ["OMP_NUM_THREADS"] = "1"
torch.set_num_threads(1)

project = "skdiffts"
author = "skdiffts developers"
project_copyright = "2026, skdiffts developers"
release = version = installed_version("skdiffts")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.doctest",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",  # formulas without a network
    "numpydoc",
    "myst_parser",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]

# Included results begin at headings below the page's own.
suppress_warnings = ["myst.header"]
exclude_patterns = ["_build", "results_*.md", "**/README*"]
templates_path = ["_templates"]
root_doc = "index"
default_role = "literal"

# API reference -------------------------------------------------------------------

autosummary_generate = True
autodoc_default_options = {
    "members": True,
    "inherited-members": "BaseEstimator,Module",
    "member-order": "bysource",
}
toc_object_entries_show_parents = "hide"
autodoc_typehints = "none"  # numpydoc says types in words
numpydoc_show_class_members = False
numpydoc_xref_param_type = False


def skip_members_of_others(app, what, name, obj, skip, options):
    """Leave out what scikit-learn, torch and the standard library define."""
    implementation = getattr(obj, "fget", obj)
    module = getattr(implementation, "__module__", None) or "skdiffts"
    return True if not module.startswith("skdiffts") else skip


# Gallery -------------------------------------------------------------------------

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"/plot_",
    "ignore_pattern": r"(__init__|demo)\.py",
    "within_subsection_order": "gallery_order.place",
    "doc_module": ("skdiffts",),
    "backreferences_dir": None,
    "reference_url": {"skdiffts": None},
    "remove_config_comments": True,
    "capture_repr": (),
    "show_memory": False,
    "show_signature": False,
    "download_all_examples": False,
    "min_reported_time": 1,
    "parallel": int(os.environ.get("SKDIFFTS_DOC_JOBS", "2")),
}
# The gallery runs examples in this process: what they ignore stays their own affair.
warnings.filterwarnings("ignore", category=UserWarning, message=".*non-GUI backend.*")

# HTML ----------------------------------------------------------------------------

html_theme = "pydata_sphinx_theme"
html_title = f"skdiffts {release}"
html_static_path = ["_static"]
html_css_files = ["skdiffts.css"]
html_show_sourcelink = False
html_sidebars = {
    "install": [],
    "tutorial": [],
    "comparison": [],
    "benchmarks": [],
    "glossary": [],
    "references": [],
    "changelog": [],
}
html_theme_options = {
    "navigation_with_keys": False,
    "show_prev_next": False,
    "show_toc_level": 2,
    "header_links_before_dropdown": 6,
    "navbar_align": "left",
    "navbar_persistent": [],
    "navbar_end": ["search-button", "theme-switcher"],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": ["sphinx-version"],
    "logo": {"text": "skdiffts"},
}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
myst_heading_anchors = 3


class IncludeIfThere(Include):
    """Include a file that another command writes; say so where it is not there yet."""

    def run(self):
        """Include the file, or a sentence."""
        _, path = self.env.relfn2path(self.arguments[0])
        if Path(path).exists():
            return super().run()
        self.env.note_dependency(path)
        text = f"Not in this build: doc/{Path(path).name} has not been written."
        return [nodes.paragraph("", "", nodes.emphasis("", text))]


def setup(app):
    """Add what is ours."""
    app.add_directive("include-if-there", IncludeIfThere)
    app.connect("autodoc-skip-member", skip_members_of_others)
