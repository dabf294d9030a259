"""The demo company: an invented home-energy and repair company with stories in its data that a reader can find."""

from importlib import resources

from seeds.demo.make import PAID, finished, make_workspace

PROMISES = (resources.files("seeds.demo") / "promises.yaml").read_text("utf-8")
__all__ = ["PAID", "PROMISES", "finished", "make_workspace"]
