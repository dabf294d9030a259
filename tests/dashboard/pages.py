"""Open a page of the real app in AppTest, through the eyes of somebody."""

import json
import os
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT


def opened(page: str, eyes: str, **query: str) -> AppTest:
    """The page at that address (`review` is `/`), for a role, or for a person by employee number as `serve --as` shows it.

    The workspace is the one GOLDENTHREAD_WORKSPACE names.
    """
    st.cache_data.clear()
    st.cache_resource.clear()
    if eyes.startswith("E"):
        os.environ["GOLDENTHREAD_VIEWER"] = eyes
    at = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
    for key, value in {"as": eyes, "asked": "by address", **query}.items():
        at.query_params[key] = value
    at.run()
    if page != "review":
        at._page_hash = next(name for name, info in at._registered_pages.items() if info.get("url_pathname") == page)
        at.run()
    return at


def as_(who: str, page: str, monkeypatch: pytest.MonkeyPatch, **query: str) -> AppTest:
    """The page as somebody who signed in sees it."""
    monkeypatch.setenv("GOLDENTHREAD_VIEWER", who)
    return opened(page, who, **query)


def press(at: AppTest, label: str) -> AppTest:
    """The page after a click on the button whose label begins so."""
    return next(each for each in at.button if each.label.startswith(label)).click().run()


def sent(at: AppTest) -> str:
    """Everything the server sent to the browser, as one text."""
    parts: list[Any] = [str(at.main), str(at.sidebar)]
    return "\n".join(parts) + json.dumps([each.proto.SerializeToString().decode("latin-1") for each in _elements(at)])


def read(at: AppTest) -> str:
    """What a reader sees: everything sent, with the cells of tables, without the marks that keep text from being Markdown."""
    cells = (str(row) for each in at.table for row in each.value.values.tolist())
    return "\n".join([sent(at), *cells]).replace("\\", "")


def _elements(at: AppTest) -> list[Any]:
    found: list[Any] = []

    def walk(block: Any) -> None:
        for child in getattr(block, "children", {}).values():
            if hasattr(child, "children"):
                walk(child)
            elif hasattr(child, "proto"):
                found.append(child)

    walk(at._tree)
    return found
