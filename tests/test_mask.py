"""What is secret is found however it is encoded; what isn't stays as it is."""

from __future__ import annotations

import base64
import json
from string import printable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okta_scim_setup.secret.mask import Mask, pieces

VALUE = 'c+/=nary"\\7f3a9b2c'

values = st.text(st.sampled_from(printable[:94] + "éß中"), min_size=8, max_size=60)

PEM = (
    "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n=abc\n-----END PRIVATE KEY-----\n"
)


def in_base64(value: str, before: int, *, url: bool) -> str:
    encode = base64.urlsafe_b64encode if url else base64.b64encode
    return encode(b"x" * before + value.encode() + b"yz").decode()


def core(value: str, before: int, *, url: bool) -> str:
    """The part of `in_base64` that belongs to the value alone."""
    text = in_base64(value, before, url=url)
    return text[-(-before * 8 // 6) : (before + len(value.encode())) * 8 // 6]


@given(values, st.integers(0, 5), st.booleans())
def test_every_encoding_of_a_value_is_found(value: str, before: int, url: bool) -> None:  # noqa: FBT001 -- drawn
    mask = Mask([value])
    for form in (
        value,
        quote(value),
        quote(value, safe=""),
        quote_plus(value),
        value.encode().hex(),
        value.encode().hex().upper(),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        json.dumps(value)[1:-1].replace("/", "\\/"),
    ):
        assert mask.applied(f"({form})") == "(***)"
    assert core(value, before, url=url) not in mask.applied(in_base64(value, before, url=url))


@given(st.lists(values, max_size=5), st.text())
def test_what_holds_no_value_is_left_as_it_is(known: list[str], text: str) -> None:
    if "***" not in (hidden := Mask(known).applied(text)):
        assert hidden == text
    assert Mask().applied(text) == text


@given(st.lists(values, min_size=1, max_size=4), st.lists(st.text(max_size=9), max_size=4))
def test_no_value_is_left_whatever_stands_around_it(known: list[str], around: list[str]) -> None:
    text = "".join(between + value for between, value in zip(around, known, strict=False))

    hidden = Mask(known).applied(text)

    assert not any(value in hidden for value in known if value in text and "*" not in value)


@pytest.mark.parametrize("short", ["", "a", "1234567", "error"])
def test_what_is_too_short_for_a_secret_mangles_nothing(short: str) -> None:
    mask = Mask([short, VALUE])

    assert mask.applied("an error with a 1234567 in it") == "an error with a 1234567 in it"
    assert mask.applied(f"a {VALUE} b") == "a *** b"


def test_letters_whose_number_changes_with_their_case_move_nothing() -> None:
    assert Mask([VALUE]).applied(f"İİİ {VALUE.upper()} İ") == "İİİ *** İ"


def test_of_a_key_each_line_is_hidden_and_its_frame_is_not() -> None:
    assert pieces(PEM) == {"MIIEvQIBADANBg", "kqhkiG9w0BAQEF"}
    for written in (PEM, PEM.replace("\n", "\\n")):
        hidden = Mask([written]).applied("'kqhkiG9w0BAQEF' in -----BEGIN PRIVATE KEY-----")
        assert hidden == "'***' in -----BEGIN PRIVATE KEY-----"


def test_of_a_jwk_each_private_member_is_hidden() -> None:
    jwk = json.dumps(
        {"kty": "RSA", "n": "public-modulus", "d": "private-exponent", "p": "prime-number"}
    )

    hidden = Mask([jwk]).applied(f"public-modulus private-exponent prime-number {jwk}")

    assert hidden == "public-modulus *** *** ***"
    assert Mask(["{not json at all}"]).applied("x {not json at all}") == "x ***"


def test_thousands_of_values_are_looked_for_at_once() -> None:
    known = [f"{number:05d}-a-token-of-somebody" for number in range(3000)]
    mask = Mask(known)

    assert mask.applied(" ".join(known[::300])) == " ".join(["***"] * 10)


@pytest.mark.parametrize("cut", ["...", "\u2026"])
@pytest.mark.parametrize("left", range(8, len(VALUE)))
def test_the_beginning_that_a_cut_text_ends_with_is_hidden(left: int, cut: str) -> None:
    shown = Mask([VALUE]).applied(f"it said x{VALUE[:left]}{cut} and went on")

    assert shown == f"it said x***{cut} and went on"


def test_what_only_begins_alike_stays() -> None:
    assert Mask([VALUE]).applied(f"{VALUE[:12]} and so on...") == f"{VALUE[:12]} and so on..."
