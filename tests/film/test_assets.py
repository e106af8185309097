"""Pictures, narration and captions are made one by one, of what was given or of nothing but words."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hotfolderd.errors import JobError
from hotfolderd.film import speech
from hotfolderd.film.assets import clip_length_s, make_captions, make_narration, make_picture
from hotfolderd.film.card import draw_card, ground_of, words_of
from hotfolderd.film.palette import palette_of, style_named
from hotfolderd.film.scene import Scene, VideoFormat
from hotfolderd.film.script import reading_time_s
from tests.film.clips_made import loudness, said, tone

VIDEO = VideoFormat(320, 180, 25)
SCENE = Scene(3, "INT. LIGHTHOUSE", "Sarah cleans a chart.", ("Sarah",), "Sarah: Easy, boy. It will pass.", 2.0)


def test_a_scene_without_a_picture_gets_a_card_the_same_each_time(tmp_path: Path) -> None:
    first = make_picture(SCENE, tmp_path / "a.png", VIDEO, title="A film", look_seed=4)
    again = make_picture(SCENE, tmp_path / "b.png", VIDEO, title="A film", look_seed=4)
    assert first.drawn
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    with Image.open(again.path) as picture:
        assert (picture.size, picture.mode) == (VIDEO.size, "RGB")


def test_another_seed_is_another_card_and_the_film_keeps_its_colours() -> None:
    cards = [np.asarray(draw_card(SCENE, VIDEO.size, look_seed=4, seed=seed), np.int16) for seed in (1, 2)]
    assert np.abs(cards[0] - cards[1]).mean() > 3
    one, same, other = palette_of("noir", 4, 1), palette_of("noir", 4, 2), palette_of("comic", 4, 1)
    assert np.abs(np.subtract(one.sky, same.sky)).max() < 40
    assert np.abs(np.subtract(one.sky, other.sky)).max() > 60


@pytest.mark.parametrize("style", ["cinematic", "noir", "pastel", "comic", "documentary"])
@pytest.mark.parametrize("size", [(640, 360), (360, 640)])
def test_the_words_of_a_card_can_be_read_on_its_ground(style: str, size: tuple[int, int]) -> None:
    """The contrast of the ink to what lies under it, by WCAG, is that of text which can be read."""
    scene = Scene(1, "A place", "Something is seen here, in some words.", ("Ann",), "What is said.", style=style)
    for seed in range(3):
        palette = palette_of(style, seed, seed)
        words = np.asarray(words_of(scene, size, look_seed=seed, seed=seed), np.int16)
        ground = np.asarray(ground_of(scene, size, look_seed=seed, seed=seed))
        for colour, least in ((palette.ink, 4.5), (palette.accent, 2.5)):
            drawn = (words[:, :, 3] > 250) & (np.abs(words[:, :, :3] - colour).max(axis=2) < 3)
            assert drawn.sum() > 50
            ink, under = _luminance(np.asarray(colour)), _luminance(ground[drawn])
            contrast = (np.maximum(ink, under) + 0.05) / (np.minimum(ink, under) + 0.05)
            assert np.percentile(contrast, 10) > least, (style, size, seed, colour)


def _luminance(colours: np.ndarray) -> np.ndarray:
    shares = colours / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def test_a_very_long_text_stays_on_the_card() -> None:
    scene = Scene(1, "A place " * 9, "Seen. " * 300, ("Ann", "Bob") * 9, "Said " * 900)
    for size in ((320, 180), (180, 320)):
        alpha = np.asarray(words_of(scene, size, title="A title " * 30).getchannel("A"))
        assert alpha.any()
        assert not alpha[-2:].any()
        assert not alpha[:, -2:].any()


def test_a_style_in_other_words_is_found_and_an_unknown_one_has_one_look() -> None:
    assert style_named("Film Noir, 1940s") == "noir"
    assert style_named("") == "cinematic"
    assert style_named("Brutalist") == style_named("brutalist ")


def test_a_given_picture_is_turned_upright_and_a_small_one_is_told(tmp_path: Path) -> None:
    picture = Image.new("RGB", (300, 100), "red")
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "a.jpg", exif=exif)
    made = make_picture(Scene(1, image=tmp_path / "a.jpg"), tmp_path / "out.png", VIDEO)
    assert not made.drawn
    assert "will look soft" in made.warnings[0]
    with Image.open(made.path) as upright:
        assert upright.size == (100, 300)


def test_a_picture_that_is_missing_or_none_fails_the_scene(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="Missing image in scene 7"):
        make_picture(Scene(7, image=tmp_path / "a.png"), tmp_path / "out.png", VIDEO)
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(JobError, match=r"a\.png"):
        make_picture(Scene(7, image=tmp_path / "a.png"), tmp_path / "out.png", VIDEO)
    assert not (tmp_path / "out.png").exists()


def test_a_given_sound_becomes_48_khz_and_its_voice_is_found(tmp_path: Path) -> None:
    given = tone(tmp_path / "a.wav", 2.0, quiet=(0.0, 0.5))
    scene = Scene(1, dialogue="One thing.", audio=given, duration_s=1.0)
    made = make_narration(scene, tmp_path / "out.wav")
    assert (made.origin, made.warnings) == ("given", ())
    assert made.duration_s == pytest.approx(2.0, abs=0.01)
    assert made.voice_start_s == pytest.approx(0.5, abs=0.03)
    with wave.open(str(made.path)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (48_000, 2, 2)
    (caption,) = make_captions(scene, made)
    assert (caption.start_s, caption.end_s) == (pytest.approx(0.5, abs=0.03), pytest.approx(2.0, abs=0.03))
    assert clip_length_s(scene, made) == pytest.approx(2.3, abs=0.03)
    assert clip_length_s(Scene(1, duration_s=9.0), made) == 9.0


@pytest.mark.parametrize("suffix", ["mp3", "m4a", "flac", "ogg", "aac"])
def test_every_kind_of_sound_that_may_be_given_is_read(tmp_path: Path, suffix: str) -> None:
    given = tmp_path / f"a.{suffix}"
    codec = {"mp3": "libmp3lame", "ogg": "libvorbis"}.get(suffix, "aac" if suffix != "flac" else "flac")
    said("-y", "-i", tone(tmp_path / "a.wav", 1.0), "-c:a", codec, given)
    made = make_narration(Scene(1, audio=given), tmp_path / "out.wav")
    assert made.duration_s == pytest.approx(1.0, abs=0.12)
    assert made.voice_end_s > 0.8


def test_a_sound_that_is_missing_broken_or_silent_is_told(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="Missing audio in scene 2"):
        make_narration(Scene(2, audio=tmp_path / "a.wav"), tmp_path / "out.wav")
    (tmp_path / "a.wav").write_bytes(b"RIFF no sound at all")
    with pytest.raises(JobError, match=r"a\.wav: cannot be read as sound"):
        make_narration(Scene(2, audio=tmp_path / "a.wav"), tmp_path / "out.wav")
    assert not (tmp_path / "out.wav").exists()
    tone(tmp_path / "a.wav", 1.0, level=0.0)
    made = make_narration(Scene(2, audio=tmp_path / "a.wav"), tmp_path / "out.wav")
    assert made.warnings == ("a.wav: nothing is heard in it.",)


def test_dialogue_is_spoken_as_loud_as_speech_is(tmp_path: Path) -> None:
    assert speech.can_speak()
    made = make_narration(SCENE, tmp_path / "out.wav")
    assert (made.origin, made.warnings) == ("spoken", ())
    assert 1.0 < made.duration_s < 5.0
    assert loudness(made.path) == pytest.approx(-18, abs=1.5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.wav"]
    again = make_narration(SCENE, tmp_path / "again.wav")
    assert again.path.read_bytes() == made.path.read_bytes()


def test_where_nothing_can_speak_there_is_silence_as_long_as_reading_takes_and_a_warning(tmp_path: Path) -> None:
    scene = Scene(1, dialogue=" ".join(["word"] * 20), duration_s=2.0)
    made = make_narration(scene, tmp_path / "out.wav", voice="no-such-voice")
    assert (made.origin, made.duration_s) == ("silent", 8.0)
    assert "tts_unavailable" in made.warnings[0]
    assert "no voice 'no-such-voice'" in made.warnings[0]
    captions = make_captions(scene, made)
    assert (captions[0].start_s, captions[-1].end_s) == (0.0, 8.0)
    assert clip_length_s(scene, made) == pytest.approx(8.3)


@pytest.mark.parametrize(
    ("words", "voice"),
    [
        ("Every night at nine I light the lamp.", "en-us"),
        ("Grüße aus München, 12 %", "en-us"),
        ("…", "en-us"),
        ("مرحبا بكم في هذا الفيلم. كيف حالكم اليوم؟", "ar"),
        ("به این فیلم خوش آمدید", "fa"),
        ("یہ ایک اچھی فلم ہے", "ur"),
        ("שלום לכולם וברוכים הבאים לסרט הזה", "he"),
        ("Здравствуйте, как у вас дела сегодня?", "ru"),
        ("Привіт, як справи сьогодні?", "uk"),
        ("Καλημέρα σας, πώς είστε σήμερα;", "el"),
        ("ยินดีต้อนรับสู่ภาพยนตร์เรื่องนี้", "th"),
        ("欢迎观看这部电影。今天你好吗？", "cmn"),
        ("これはとてもながいぶんしょうです。", "ja"),
    ],
)
def test_a_text_is_spoken_by_a_voice_that_knows_its_letters(tmp_path: Path, words: str, voice: str) -> None:
    """An English voice reads foreign letters by their names: a greeting of three seconds took twenty."""
    assert speech.voice_for(words) == voice
    made = make_narration(Scene(1, dialogue=words, duration_s=1.0), tmp_path / "out.wav")
    assert made.origin == "spoken"
    assert made.duration_s < 2.5 * reading_time_s(words)


def test_latin_letters_are_spoken_by_the_voice_that_is_set_and_others_by_their_own(tmp_path: Path) -> None:
    def spoken(words: str, voice: str) -> bytes:
        made = make_narration(Scene(1, dialogue=words), tmp_path / "out.wav", voice=voice)
        assert (made.origin, made.warnings) == ("spoken", ())
        return made.path.read_bytes()

    german, russian = "Guten Abend, schön Sie zu sehen.", "Добрый вечер, рад вас видеть."
    assert len({spoken(german, voice) for voice in ("", "de", "fr")}) == 3
    assert spoken(russian, "de") == spoken(russian, "")


def test_a_text_that_no_voice_can_read_is_silent_and_says_so(tmp_path: Path) -> None:
    scene = Scene(1, dialogue="これはとても長い文章です。", duration_s=1.0)
    made = make_narration(scene, tmp_path / "out.wav")
    assert (made.origin, made.duration_s) == ("silent", reading_time_s(scene.spoken))
    assert "tts_unavailable" in made.warnings[0]


def test_a_scene_in_which_nothing_is_said_is_silent_without_a_warning(tmp_path: Path) -> None:
    made = make_narration(Scene(1, description="Waves.", duration_s=1.5), tmp_path / "out.wav")
    assert (made.origin, made.duration_s, made.warnings) == ("silent", 1.5, ())
    assert make_captions(Scene(1), made) == ()
    with wave.open(str(made.path)) as sound:
        assert sound.getnframes() == 72_000
