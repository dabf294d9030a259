"""A field for text that is read while it is written: the page answers a moment after the last key, not when the field is left."""

import streamlit as st

HTML = '<label><span></span><textarea spellcheck="false" autocapitalize="off" autocomplete="off"></textarea></label>'
CSS = """
label { display: block; font: 0.9rem var(--st-font); color: var(--st-text-color); }
textarea {
  box-sizing: border-box; width: 100%; min-height: 20rem; margin-top: 0.25rem; padding: 0.6rem; resize: vertical;
  font: 0.85rem/1.45 var(--st-code-font); color: var(--st-text-color); background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius); white-space: pre; tab-size: 2;
}
textarea:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
"""
JS = """
export default function ({ parentElement, data, setStateValue }) {
  const area = parentElement.querySelector("textarea");
  parentElement.querySelector("span").textContent = data.label;
  if (area.given !== data.text) area.value = area.given = data.text;  // not while the page answers what was typed
  area.oninput = () => {
    clearTimeout(area.timer);
    area.timer = setTimeout(() => setStateValue("text", (area.given = area.value)), 350);
  };
  return () => clearTimeout(area.timer);
}
"""
_area = st.components.v2.component("goldenthread_typing", html=HTML, css=CSS, js=JS)


def typing(label: str, text: str, key: str) -> str:
    """The text of the field as it stands; `text` replaces it where it differs from what was typed."""
    answer = _area(data={"label": label, "text": text}, default={"text": text}, key=key, on_text_change=_nothing)
    return str(answer.text if answer.text is not None else text)


def _nothing() -> None:
    """Streamlit takes a value as state only where something listens to it."""
