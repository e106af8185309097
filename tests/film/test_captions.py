"""Captions can be read, lie where the voice is, and survive being written."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfolderd.errors import JobError
from hotfolderd.film.captions import Caption, captions_for, moved, read_srt, write_srt, write_vtt

TEXT = (
    "Easy, boy. The storm will pass before the morning comes, and all of us will be able to sail home again, "
    "which is what we wanted. No."
)


@given(st.text(st.sampled_from("ab cdé.,!? \n"), max_size=400), st.floats(0, 5), st.floats(0.5, 60))
def test_no_line_is_too_long_no_word_is_lost_and_no_two_are_shown_at_once(
    text: str, start: float, length: float
) -> None:
    captions = captions_for(text, start, start + length)
    shown = "".join("".join(one.lines) for one in captions).replace(" ", "")
    assert shown == "".join(text.split())
    assert all(1 <= len(one.lines) <= 2 and max(map(len, one.lines)) <= 42 for one in captions)
    assert all(one.start_s < one.end_s for one in captions) or length < 1
    assert all(one.end_s == other.start_s for one, other in pairwise(captions))
    if captions:
        assert captions[0].start_s == pytest.approx(start, abs=0.001)
        assert captions[-1].end_s == pytest.approx(start + length, abs=0.001)


def test_they_change_in_the_pause_of_the_voice() -> None:
    text = "This is a whole sentence that is long enough. And here is another one, quite as long as the first."
    without = captions_for(text, 0, 8)
    at = without[0].end_s
    heard = captions_for(text, 0, 8, pauses=[(1.0, 1.1), (at + 0.1, at + 0.5)])
    assert [one.lines for one in heard] == [one.lines for one in without]
    assert heard[0].end_s == heard[1].start_s == pytest.approx(at + 0.3)


def test_two_lines_are_about_equally_long_and_short_sentences_share_one() -> None:
    captions = captions_for(TEXT, 0, 9)
    assert all(abs(len(one.lines[0]) - len(one.lines[1])) <= 12 for one in captions if len(one.lines) == 2)
    assert "No." not in [one.lines[0] for one in captions]
    assert all(one.end_s - one.start_s >= 0.8 for one in captions)


def test_wide_letters_count_twice() -> None:
    (one,) = captions_for("字" * 42, 0, 9)
    assert [len(line) for line in one.lines] == [21, 21]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    captions = (Caption(0.5, 1.25, ("<b>One</b> & two", "lines")), Caption(3661.0, 3662.5, ("Ünicode --> here",)))
    write_srt(captions, tmp_path / "a.srt")
    assert (
        (tmp_path / "a.srt")
        .read_text()
        .startswith("1\n00:00:00,500 --> 00:00:01,250\n<b>One</b> & two\nlines\n\n2\n01:01:01,000")
    )
    again = read_srt(tmp_path / "a.srt")
    assert again == (captions[0], Caption(3661.0, 3662.5, ("Ünicode → here",)))
    write_vtt(captions, tmp_path / "a.vtt")
    assert (tmp_path / "a.vtt").read_text() == (
        "WEBVTT\n\n00:00:00.500 --> 00:00:01.250\n&lt;b&gt;One&lt;/b&gt; &amp; two\nlines\n\n"
        "01:01:01.000 --> 01:01:02.500\nÜnicode --&gt; here\n"
    )
    write_srt((), tmp_path / "none.srt")
    assert read_srt(tmp_path / "none.srt") == ()


def test_what_is_no_srt_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text("1\n00:00:00,500 --> 00:00:01,250\nYes\n\nno times here\n")
    with pytest.raises(JobError, match=r"a\.srt:5: is no line of times"):
        read_srt(tmp_path / "a.srt")
    (tmp_path / "b.srt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(JobError, match="UTF-8"):
        read_srt(tmp_path / "b.srt")


def test_in_a_film_they_are_moved_and_end_with_their_clip() -> None:
    captions = (Caption(0.0, 1.0, ("a",)), Caption(1.0, 3.0, ("b",)), Caption(2.5, 3.0, ("c",)))
    assert moved(captions, 10.0, 2.0) == (Caption(10.0, 11.0, ("a",)), Caption(11.0, 12.0, ("b",)))
