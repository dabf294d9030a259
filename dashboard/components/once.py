"""Writes that a double click or a rerun must not do twice: a token of this session for each, renewed when it was used."""

import secrets

import streamlit as st


def token(key: str) -> str:
    """The token the next write under this key carries."""
    return str(st.session_state.setdefault(f"token_{key}", secrets.token_urlsafe(16)))


def spent(key: str) -> None:
    """The write is done: the next one gets a token of its own."""
    st.session_state.pop(f"token_{key}", None)
