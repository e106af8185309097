"""A Photoshop design, read: what is in it, a picture of each layer, and no way to do harm with it."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from psd_files import add_effects, card, colour, document, flat_only, header, make_text, noise
from psd_tools import PSDImage
from psd_tools.constants import Compression, Resource
from psd_tools.psd.image_resources import ImageResource, VersionInfo
from psd_tools.psd.layer_and_mask import MaskParameters

from hotfolderd.errors import JobError
from hotfolderd.media.psd import FLAT_PAGE, FLAT_THUMBNAIL, check_design, read_design, slug_of
from hotfolderd.media.psd_header import check_complete, check_header
from hotfolderd.model import Box, Design, from_json, to_json

SAMPLES = Path(__file__).parents[2] / "../shared/samples"
with_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files do not lie beside the project")


def picture(out: Path, design: Design, path: str) -> Image.Image:
    layer = design.layer(path)
    assert layer is not None
    assert layer.picture is not None, f"{path} has no picture; notes: {design.notes}"
    with Image.open(out / layer.picture) as image:
        image.load()
    return image


def flat(out: Path, design: Design) -> Image.Image:
    assert design.flat is not None
    with Image.open(out / design.flat) as image:
        image.load()
    return image


# --- the header, and whether the file is whole


@pytest.mark.parametrize("size", [(300_000, 300_000), (30_001, 10), (10, 30_001), (20_000, 20_000)])
def test_a_canvas_beyond_the_limits_is_refused_by_name_and_number(tmp_path: Path, size: tuple[int, int]) -> None:
    (tmp_path / "huge.psd").write_bytes(header(*size) + bytes(20))
    began = time.monotonic()
    with pytest.raises(
        JobError, match=rf"huge\.psd: the canvas is {size[0]}×{size[1]} px .*30000 px a side and 300 mega"
    ):
        check_design(tmp_path / "huge.psd")
    assert time.monotonic() - began < 5


def test_the_limits_can_be_set_and_hold_to_the_pixel(tmp_path: Path) -> None:
    (tmp_path / "a.psd").write_bytes(header(200, 100))
    assert check_header(tmp_path / "a.psd", max_side_px=200, max_pixels=20_000).width == 200
    for limits in ({"max_side_px": 199}, {"max_pixels": 19_999}):
        with pytest.raises(JobError, match="200×100"):
            check_header(tmp_path / "a.psd", **limits)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"", "ends at byte 0"),
        (b"8BPS\0\1", "ends at byte 6, but its header section promises 26"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "begins with"),
        (header(10, 10, version=3), "version 3"),
        (header(10, 10, channels=0), "0 channels"),
        (header(10, 10, channels=57), "57 channels"),
        (header(10, 10, depth=12), "12 bits"),
        (header(10, 10, mode=5), "colour mode 5"),
        (header(0, 10), "0×10 px"),
    ],
)
def test_a_file_that_is_no_photoshop_file_is_told_what_it_is(tmp_path: Path, head: bytes, words: str) -> None:
    (tmp_path / "a.psd").write_bytes(head)
    with pytest.raises(JobError, match=rf"a\.psd: Invalid or corrupted PSD file: .*{words}"):
        check_header(tmp_path / "a.psd")


def test_a_design_that_is_not_there_is_the_jobs_fault(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="no such file"):
        check_complete(tmp_path / "absent.psd")


def test_every_beginning_of_a_file_is_known_to_be_incomplete(tmp_path: Path) -> None:
    """What a half-copied file looks like: cut at every section border and at many places between."""
    whole = card(tmp_path / "card.psd").read_bytes()
    assert check_complete(tmp_path / "card.psd").height == 160
    for length in {*range(64), *range(64, len(whole), 331), len(whole) - 1}:
        (tmp_path / "cut.psd").write_bytes(whole[:length])
        with pytest.raises(JobError, match=rf"ends at byte {min(length, 10**9)}, but its .* promises \d+ bytes"):
            check_complete(tmp_path / "cut.psd")


@pytest.mark.parametrize(("version", "entry"), [(1, ">H"), (2, ">I")])
def test_packed_rows_are_added_up_in_both_kinds_of_file(tmp_path: Path, version: int, entry: str) -> None:
    head = header(10, 4, version=version) + bytes(12 if version == 1 else 16)
    rows = b"".join(struct.pack(entry, 2) for _ in range(12)) + b"\xf7\0" * 12
    (tmp_path / "whole.psb").write_bytes(head + b"\0\1" + rows)
    (tmp_path / "cut.psb").write_bytes(head + b"\0\1" + rows[:-1])
    assert check_complete(tmp_path / "whole.psb").large == (version == 2)
    with pytest.raises(JobError, match="flattened picture"):
        check_complete(tmp_path / "cut.psb")


def test_a_section_that_promises_four_gigabytes_is_not_believed(tmp_path: Path) -> None:
    for at in range(3):
        body = bytes(4 * at) + b"\xff\xff\xff\xff" + bytes(2000)
        (tmp_path / "a.psd").write_bytes(header(10, 10) + body)
        with pytest.raises(JobError, match=r"promises 42949\d+ bytes"):
            check_complete(tmp_path / "a.psd")


@with_samples
def test_all_samples_are_complete_and_open() -> None:
    samples = sorted(SAMPLES.rglob("*.psd"))
    assert len(samples) == 10
    for sample in samples:
        assert check_design(sample) == check_header(sample)


# --- what is in it


@with_samples
def test_the_sample_pairs_design_has_its_six_layers(tmp_path: Path) -> None:
    design = read_design(SAMPLES / "pair/test-photoshop-doc.psd", tmp_path)
    assert (design.width, design.height, design.mode, design.depth) == (1200, 1500, "RGB", 8)
    assert [(layer.path, layer.kind, layer.smart_object) for layer in design.layers] == [
        ("Background", "image", False),
        ("green_yellow_bg", "image", True),
        ("cutout", "image", True),
        ("BEN FORMAN", "text", False),
        ("ELOISE GRACE", "text", False),
        ("EMMA LOUISE", "text", False),
    ]
    words = [layer.text for layer in design.layers if layer.text]
    assert [text.text for text in words] == ["Ben Forman", "ELOISE GRACE", "EMMA LOUISE"]
    assert {(text.font, text.size_px, text.colour) for text in words} == {("RUSHFLOW", 50.0, "#ffb71b")}
    assert design.fonts == ("RUSHFLOW",)
    ground = design.layer("green_yellow_bg")
    assert ground is not None
    assert ground.box == Box(-5, -7, 1210, 1514)
    assert picture(tmp_path, design, "green_yellow_bg").size == (1210, 1514)
    assert flat(tmp_path, design).size == (1200, 1500)
    assert design.notes == ()


@with_samples
def test_every_sample_gives_pictures_as_large_as_their_boxes_and_no_layer_is_lost(tmp_path: Path) -> None:
    for sample in sorted(SAMPLES.rglob("*.psd")):
        out = tmp_path / sample.stem
        design = read_design(sample, out)
        assert len(design.layers) == sum(1 for _ in PSDImage.open(sample).descendants())
        assert "AdobeInvisFont" not in to_json(design)
        for layer in design.layers:
            if layer.box.width and layer.kind not in ("group", "adjustment"):
                assert picture(out, design, layer.path).size == (layer.box.width, layer.box.height)
        assert flat(out, design).size == (design.width, design.height)


@with_samples
def test_the_flattened_picture_of_a_sample_is_the_embedded_one(tmp_path: Path) -> None:
    design = read_design(SAMPLES / "designs/hidden-groups.psd", tmp_path)
    embedded = PSDImage.open(SAMPLES / "designs/hidden-groups.psd").topil()
    assert embedded is not None
    assert flat(tmp_path, design).tobytes() == embedded.convert("RGB").tobytes()


@with_samples
def test_a_shape_in_a_hidden_group_is_drawn(tmp_path: Path) -> None:
    design = read_design(SAMPLES / "designs/hidden-groups.psd", tmp_path)
    shape = design.layer("Group 1/Shape 1")
    assert shape is not None
    assert (shape.kind, shape.visible) == ("shape", False)
    drawn = picture(tmp_path, design, "Group 1/Shape 1")
    assert drawn.getpixel((27, 27)) == (0, 0, 0, 255)
    assert drawn.getpixel((0, 0))[3] == 0  # type: ignore[index]
    group = design.layer("Group 1")
    assert group is not None
    assert group.box == shape.box, "the box of a hidden group is that of what is in it"


def test_a_design_of_our_own_is_read_in_order_with_unique_paths(tmp_path: Path) -> None:
    design = read_design(card(tmp_path / "card.psd"), tmp_path)
    assert [(layer.path, layer.kind, layer.visible, layer.order) for layer in design.layers] == [
        ("Background", "image", True, 0),
        ("Photo", "image", True, 1),
        ("Hidden", "image", False, 2),
        ("Group", "group", True, 3),
        ("Group/dot", "image", True, 4),
        ("Group/dot (2)", "image", True, 5),
        ("TITLE", "text", True, 6),
    ]
    assert design.path == "card.psd"
    assert from_json(Design, to_json(design)) == design


def test_words_and_their_look_are_read_with_the_transform_applied(tmp_path: Path) -> None:
    design = read_design(card(tmp_path / "card.psd"), tmp_path)
    title = design.layer("TITLE")
    assert title is not None
    assert title.text is not None
    assert title.text.text == "Hello\nworld"
    assert (title.text.font, title.text.size_px, title.text.colour) == ("DejaVuSans-Bold", 40.0, "#ff8000")
    assert title.text.fonts == design.fonts == ("DejaVuSans-Bold",), "neither the stand-in nor a font nothing uses"


def test_text_turned_by_ninety_degrees_keeps_its_size(tmp_path: Path) -> None:
    psd = PSDImage.new("RGB", (50, 50))
    make_text(psd.create_pixel_layer(noise(9, 9), name="T"), "up", transform=(0, 3, -3, 0, 9, 9), size=10)
    psd.save(tmp_path / "a.psd")
    text = read_design(tmp_path / "a.psd", tmp_path).layers[0].text
    assert text is not None
    assert text.size_px == 30


def test_the_stand_in_font_is_never_reported(tmp_path: Path) -> None:
    psd = PSDImage.new("RGB", (50, 50))
    make_text(psd.create_pixel_layer(noise(9, 9), name="T"), "x", stand_in=True, font="Real-Bold")
    psd.save(tmp_path / "a.psd")
    design = read_design(tmp_path / "a.psd", tmp_path)
    assert "Invis" not in to_json(design)


def test_names_that_collide_give_different_paths_and_files(tmp_path: Path) -> None:
    names = ["A b", "A b", "A b (2)", "a_B!", "Ä b", "👽", "", "../../etc/passwd", "x" * 250, "nul\tin\nside"]
    layers = [(noise(4, 4, seed), name, 0, 0) for seed, name in enumerate(names)]
    design = read_design(document(tmp_path / "a.psd", *layers), tmp_path)
    paths, files = [layer.path for layer in design.layers], [layer.picture for layer in design.layers]
    assert len(set(paths)) == len(set(files)) == len(names)
    assert paths[:3] == ["A b", "A b (2)", "A b (2) (2)"]
    assert files[0] == "previews/psd/a_b.png"
    assert files[3:6] == ["previews/psd/a_b_3.png", "previews/psd/a_b_4.png", "previews/psd/layer.png"]
    for seed, layer in enumerate(design.layers):
        assert layer.picture is not None
        assert (tmp_path / layer.picture).resolve().parent == tmp_path / "previews/psd"
        assert picture(tmp_path, design, layer.path).tobytes() == noise(4, 4, seed).tobytes()


@pytest.mark.parametrize(
    ("name", "slug"), [("BEN FORMAN", "ben_forman"), ("--Löwe--1", "lowe_1"), ("字", "layer"), ("a" * 99, "a" * 80)]
)
def test_a_slug_is_plain(name: str, slug: str) -> None:
    assert slug_of(name) == slug


# --- the pictures


def test_a_picture_has_every_pixel_of_its_layer_also_beyond_the_canvas(tmp_path: Path) -> None:
    source = noise(200, 90, 3)
    design = read_design(document(tmp_path / "a.psd", (source, "big", -50, 20)), tmp_path)
    assert design.layers[0].box == Box(-50, 20, 200, 90)
    assert picture(tmp_path, design, "big").tobytes() == source.tobytes()


def test_a_layer_asked_for_on_the_canvas_is_cut_at_its_edge_and_keeps_its_box(tmp_path: Path) -> None:
    source = noise(200, 90, 3)
    path = document(tmp_path / "a.psd", (source, "big", -50, 20), (noise(5, 5), "small", 1, 1))
    for wanted in (["big"], lambda name: name == "big"):
        design = read_design(path, tmp_path, full_canvas=wanted)  # type: ignore[arg-type]
        assert [layer.full_canvas for layer in design.layers] == [True, False]
        assert design.layers[0].box == Box(-50, 20, 200, 90)
        drawn = picture(tmp_path, design, "big")
        assert drawn.size == (64, 64)
        assert drawn.crop((0, 20, 64, 64)).tobytes() == source.crop((50, 0, 114, 44)).tobytes()


def test_a_hidden_layer_is_drawn_and_opacity_is_in_the_picture(tmp_path: Path) -> None:
    design = read_design(card(tmp_path / "card.psd"), tmp_path)
    assert picture(tmp_path, design, "Hidden").getcolors() == [(900, (255, 0, 0))]
    photo, faded = noise(50, 40, 2), picture(tmp_path, design, "Photo")
    assert faded.convert("RGB").tobytes() == photo.convert("RGB").tobytes()
    expected = np.asarray(photo.getchannel("A"), dtype=float) * 128 / 255
    assert np.abs(np.asarray(faded.getchannel("A")) - expected).max() <= 0.51


def test_every_picture_has_a_thumbnail_of_one_size(tmp_path: Path) -> None:
    design = read_design(card(tmp_path / "card.psd"), tmp_path)
    for layer in design.layers:
        assert (layer.thumbnail is None) == (layer.kind == "group")
        if layer.thumbnail:
            with Image.open(tmp_path / layer.thumbnail) as small:
                assert (small.mode, small.size) == ("RGBA", (200, 200))
    assert design.thumbnail is not None
    with Image.open(tmp_path / design.thumbnail) as small:
        assert (small.format, small.size) == ("JPEG", (120, 160))


def test_what_a_page_shows_of_a_design_has_at_least_a_thousand_pixels(tmp_path: Path) -> None:
    image = colour(2100, 1400, (9, 90, 160))
    read_design(document(tmp_path / "wide.psd", (image, "ground", 0, 0), size=(2100, 1400)), tmp_path)
    for name, size in ((FLAT_PAGE, (1050, 700)), (FLAT_THUMBNAIL, (525, 350))):
        with Image.open(tmp_path / name) as shown:
            assert (shown.format, shown.size) == ("JPEG", size)


@pytest.mark.parametrize("hidden", [False, True], ids=["shown", "hidden"])
def test_what_is_clipped_is_drawn_on_its_base_and_whole_by_itself(tmp_path: Path, hidden: bool) -> None:
    psd = PSDImage.new("RGB", (64, 64))
    base = psd.create_pixel_layer(colour(20, 20, (255, 0, 0)), name="base", left=10, top=10)
    clipped = psd.create_pixel_layer(colour(30, 10, (0, 0, 255)), name="clipped", left=20, top=15)
    clipped.clipping, base.visible = True, not hidden
    psd.save(tmp_path / "a.psd")
    design = read_design(tmp_path / "a.psd", tmp_path)
    on_base = picture(tmp_path, design, "base").convert("RGB")
    assert on_base.size == (20, 20)
    assert on_base.getpixel((2, 8)) == (255, 0, 0)
    assert on_base.getpixel((15, 8)) == (0, 0, 255)
    assert picture(tmp_path, design, "clipped").convert("RGB").getcolors() == [(300, (0, 0, 255))]


def test_a_clipped_layer_that_needs_the_compositor_is_drawn_too(tmp_path: Path) -> None:
    """psd-tools alone draws nothing for it. The mask's density is what needs the compositor."""
    psd = PSDImage.new("RGB", (64, 64))
    psd.create_pixel_layer(colour(20, 20, (255, 0, 0)), name="base")
    clipped = psd.create_pixel_layer(colour(20, 20, (0, 0, 255)), name="clipped")
    clipped.create_mask(Image.new("L", (20, 20), 0))
    clipped._record.mask_data.parameters = MaskParameters(user_mask_density=128)
    clipped._record.mask_data.flags.parameters_applied = True
    clipped.clipping = True
    psd.save(tmp_path / "a.psd")
    drawn = picture(tmp_path, read_design(tmp_path / "a.psd", tmp_path), "clipped")
    assert drawn.getpixel((5, 5)) == (0, 0, 255, 127)


def test_a_mask_hides_what_it_covers_and_a_disabled_one_nothing(tmp_path: Path) -> None:
    psd = PSDImage.new("RGB", (64, 64))
    for name in ("masked", "unmasked"):
        layer = psd.create_pixel_layer(colour(20, 20, (0, 200, 0)), name=name, left=4, top=4)
        mask = Image.new("L", (20, 20), 255)
        mask.paste(64, (0, 0, 10, 20))
        layer.create_mask(mask)
        if name == "unmasked":
            layer.mask.disabled = True  # type: ignore[union-attr]
    psd.save(tmp_path / "a.psd")
    design = read_design(tmp_path / "a.psd", tmp_path)
    masked = picture(tmp_path, design, "masked")
    assert [masked.getpixel((x, 5)) for x in (5, 15)] == [(0, 200, 0, 64), (0, 200, 0, 255)]
    assert picture(tmp_path, design, "unmasked").convert("RGBA").getcolors() == [(400, (0, 200, 0, 255))]


def test_a_stroke_outside_the_layer_is_in_its_picture_and_in_its_box(tmp_path: Path) -> None:
    psd = PSDImage.new("RGB", (64, 64))
    layer = psd.create_pixel_layer(colour(20, 10, (0, 200, 0)), name="framed", left=30, top=30)
    add_effects(layer, stroke_px=3, shadow=True)
    psd.save(tmp_path / "a.psd")
    design = read_design(tmp_path / "a.psd", tmp_path)
    assert design.layers[0].box == Box(27, 27, 26, 16)
    drawn = picture(tmp_path, design, "framed")
    assert drawn.size == (26, 16)
    assert drawn.getpixel((1, 8)) == (255, 0, 0, 255)
    assert drawn.getpixel((12, 8)) == (0, 200, 0, 255)
    assert design.notes == ("Layer 'framed' is drawn without its drop shadow.",)


def test_a_large_photo_is_drawn_in_spite_of_a_shadow_that_cannot_be(tmp_path: Path) -> None:
    """What draws strokes and overlays takes too much memory for it, and there is none."""
    psd = PSDImage.new("RGB", (64, 64))
    add_effects(psd.create_pixel_layer(colour(6000, 5000, (200, 30, 30)), name="photo"), shadow=True)
    psd.save(tmp_path / "a.psd")
    design = read_design(tmp_path / "a.psd", tmp_path)
    assert picture(tmp_path, design, "photo").size == (6000, 5000)
    assert design.notes == ("Layer 'photo' is drawn without its drop shadow.",)


def test_a_stroke_too_large_to_be_drawn_is_left_out_with_a_word(tmp_path: Path) -> None:
    psd = PSDImage.new("RGB", (64, 64))
    layer = psd.create_pixel_layer(colour(2600, 2600, (0, 200, 0)), name="framed")
    add_effects(layer, stroke_px=3)
    psd.save(tmp_path / "a.psd")
    design = read_design(tmp_path / "a.psd", tmp_path)
    assert picture(tmp_path, design, "framed").getpixel((9, 9))[:3] == (0, 200, 0)  # type: ignore[index]
    assert any("without its stroke" in note for note in design.notes)


def test_an_empty_layer_has_no_picture_and_no_note(tmp_path: Path) -> None:
    psd = PSDImage.new("RGB", (20, 20))
    psd.create_group(name="nothing in it")
    psd.save(tmp_path / "a.psd")
    design = read_design(tmp_path / "a.psd", tmp_path)
    assert [(layer.picture, layer.thumbnail, layer.box.width) for layer in design.layers] == [(None, None, 0)]
    assert design.notes == ()


@pytest.mark.parametrize(("mode", "depth"), [("CMYK", 8), ("LAB", 8), ("L", 8), ("RGB", 16), ("L", 16)])
def test_every_colour_mode_comes_out_in_rgb(tmp_path: Path, mode: str, depth: int) -> None:
    """Middle colours, so that a missing inversion or an unconverted channel is far off."""
    value = (140, 140, 140) if mode == "L" else (180, 120, 60)
    psd = PSDImage.new(mode, (30, 30), depth=depth)
    layer = psd.create_pixel_layer(colour(30, 30, value), name="plain")
    psd.create_pixel_layer(colour(10, 10, (*value, 128)), name="clear", left=2, top=2)
    other = psd.create_pixel_layer(colour(30, 30, value), name="base")
    psd.create_pixel_layer(colour(30, 30, value), name="on it").clipping = True
    assert layer.name
    assert other.name
    psd.save(tmp_path / "a.psd")
    design = read_design(tmp_path / "a.psd", tmp_path)
    assert design.mode == {"L": "GRAYSCALE"}.get(mode, mode)
    assert design.depth == depth
    for name in ("plain", "clear", "base"):
        drawn = picture(tmp_path, design, name)
        got = drawn.convert("RGB").getpixel((5, 5))
        assert all(abs(a - b) <= 4 for a, b in zip(got, value, strict=True)), (name, got)  # type: ignore[arg-type]
    stored = 148 if mode == "LAB" else 128  # psd-tools 1.26 writes the last colour band of LAB as the transparency
    assert picture(tmp_path, design, "clear").getpixel((5, 5))[3] == stored  # type: ignore[index]
    got = flat(tmp_path, design).convert("RGB").getpixel((20, 20))
    assert all(abs(a - b) <= 4 for a, b in zip(got, value, strict=True)), got  # type: ignore[arg-type]


# --- colour profiles


def linear_profile() -> bytes:
    """A profile with the primaries of sRGB and no gamma (ICC.1:2010, matrix and curves): colours come out brighter."""

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))

    description = b"desc\0\0\0\0" + struct.pack(">I", 7) + b"linear\0" + bytes(79)
    curve = b"curv\0\0\0\0" + struct.pack(">I", 0)
    tags = {
        b"desc": description + bytes(-len(description) % 4),
        b"cprt": b"text\0\0\0\0none",
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.4361, 0.2225, 0.0139),
        b"gXYZ": xyz(0.3851, 0.7169, 0.0971),
        b"bXYZ": xyz(0.1431, 0.0606, 0.7141),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, body, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"lcms", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head + bytes(128 - len(head)) + table + body


def with_profile(path: Path, profile: bytes) -> Path:
    psd = PSDImage.new("RGB", (40, 40))
    key = Resource.ICC_PROFILE
    psd.image_resources[key] = ImageResource(key=key, data=profile)
    psd.create_pixel_layer(noise(40, 40, 5), name="photo")
    psd.create_pixel_layer(noise(40, 40, 6), name="base")
    psd.create_pixel_layer(noise(40, 40, 7), name="clipped").clipping = True
    psd.save(path)
    return path


def test_a_profile_other_than_srgb_is_applied_as_littlecms_does_it(tmp_path: Path) -> None:
    design = read_design(with_profile(tmp_path / "a.psd", linear_profile()), tmp_path)
    source = ImageCms.ImageCmsProfile(io.BytesIO(linear_profile()))
    expected = ImageCms.profileToProfile(
        noise(40, 40, 5).convert("RGB"), source, ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    assert expected is not None
    drawn = picture(tmp_path, design, "photo")
    assert drawn.convert("RGB").tobytes() == expected.tobytes()
    assert drawn.getchannel("A").tobytes() == noise(40, 40, 5).getchannel("A").tobytes()
    assert np.asarray(expected).mean() > np.asarray(noise(40, 40, 5).convert("RGB")).mean() + 20
    assert np.asarray(picture(tmp_path, design, "base").convert("RGB")).mean() > 150, "through the compositor too"
    assert design.notes == ()


def test_srgb_leaves_every_pixel_as_it_was(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    design = read_design(with_profile(tmp_path / "a.psd", srgb), tmp_path)
    assert picture(tmp_path, design, "photo").tobytes() == noise(40, 40, 5).tobytes()


def test_a_broken_profile_is_noted_once_and_left_out(tmp_path: Path) -> None:
    design = read_design(with_profile(tmp_path / "a.psd", b"no profile at all" * 20), tmp_path)
    assert picture(tmp_path, design, "photo").tobytes() == noise(40, 40, 5).tobytes()
    assert [note for note in design.notes if "profile" in note] == list(design.notes)
    assert len(design.notes) == 1


# --- what is missing in the file


def test_a_file_without_a_flattened_picture_gets_one_and_says_so(tmp_path: Path) -> None:
    path = document(
        tmp_path / "a.psd", (colour(64, 64, (1, 2, 3)), "ground", 0, 0), (colour(8, 8, (250, 0, 0)), "x", 0, 0)
    )
    psd = PSDImage.open(path)
    key = Resource.VERSION_INFO
    psd.image_resources[key] = ImageResource(key=key, data=VersionInfo(has_composite=False))
    psd.save(path)
    design = read_design(path, tmp_path)
    assert any("Maximize Compatibility" in note for note in design.notes)
    assert flat(tmp_path, design).getpixel((30, 30)) == (1, 2, 3)
    assert flat(tmp_path, design).getpixel((3, 3)) == (250, 0, 0)


def test_text_saved_without_pixels_is_drawn_and_says_with_which_font(tmp_path: Path) -> None:
    psd = PSDImage.new("RGB", (300, 100))
    layer = psd.create_pixel_layer(noise(4, 4), name="T")
    make_text(layer, "Hello", size=20, transform=(2, 0, 0, 2, 30, 60), font="NoSuchFontAnywhere-Xyz")
    psd.save(tmp_path / "a.psd")
    psd = PSDImage.open(tmp_path / "a.psd")
    record = psd[0]._record
    record.top = record.left = record.bottom = record.right = 0
    for channel, info in zip(psd[0]._channels, record.channel_info, strict=True):
        channel.data, channel.compression, info.length = b"", Compression.RAW, 2
    with (tmp_path / "b.psd").open("wb") as stream:
        psd._record.write(stream)
    design = read_design(tmp_path / "b.psd", tmp_path)
    drawn, box = picture(tmp_path, design, "T"), design.layers[0].box
    assert any("saved without pixels" in note and "another font" in note for note in design.notes)
    assert drawn.size == (box.width, box.height)
    assert 60 < box.width < 200
    assert abs(box.left - 30) < 8
    assert 15 < 60 - box.top < 45, "it stands on the baseline at 60"
    inked = drawn.getpixel((box.width // 20, box.height // 2))
    assert inked[:3] == (255, 128, 0)  # type: ignore[index]


def test_what_cannot_be_shown_is_said(tmp_path: Path) -> None:
    psd = PSDImage.new("RGB", (64, 64))
    layer = psd.create_pixel_layer(noise(8, 8), name="glow")
    layer.blend_mode = "scrn"  # type: ignore[assignment]
    psd.create_group([layer], name="dim").opacity = 100
    psd.save(tmp_path / "a.psd")
    notes = " ".join(read_design(tmp_path / "a.psd", tmp_path).notes)
    assert "'dim/glow' is blended with screen" in notes
    assert "'dim' has a mask or an opacity" in notes


def test_a_stroke_around_a_group_is_said_to_be_missing_on_what_is_in_it(tmp_path: Path) -> None:
    psd = PSDImage.new("RGB", (64, 64))
    add_effects(psd.create_group([psd.create_pixel_layer(noise(8, 8), name="star")], name="badge"), stroke_px=3)
    psd.save(tmp_path / "a.psd")
    notes = ("Layer 'badge' has a stroke or an overlay of its own: the pictures of the layers in it do not show it.",)
    assert read_design(tmp_path / "a.psd", tmp_path).notes == notes


# --- files that mean harm


def rewritten(path: Path, side: int, data: bytes) -> Path:
    """The first layer says that it is `side` pixels wide and high; all its channels hold `data`."""
    psd = PSDImage.open(path)
    record = psd[0]._record
    record.top = record.left = 0
    record.right = record.bottom = side
    for channel, info in zip(psd[0]._channels, record.channel_info, strict=True):
        channel.compression, channel.data, info.length = Compression.ZIP, data, len(data) + 2
    with path.open("wb") as stream:
        psd._record.write(stream)
    return path


def test_a_layer_that_unpacks_to_gigabytes_is_left_out_in_no_time(tmp_path: Path) -> None:
    path = document(tmp_path / "a.psd", (noise(8, 8), "bomb", 0, 0), (noise(8, 8), "good", 0, 0))
    rewritten(path, 29_000, zlib.compress(bytes(10_000_000), 9))
    began = time.monotonic()
    design = read_design(path, tmp_path)
    assert time.monotonic() - began < 20
    assert [layer.picture is None for layer in design.layers] == [True, False]
    assert [note for note in design.notes if "'bomb' could not be drawn" in note and "budget" in note]


def test_layers_of_more_pixels_than_anybody_needs_are_refused(tmp_path: Path) -> None:
    path = document(tmp_path / "a.psd", (noise(8, 8), "bomb", 0, 0))
    with pytest.raises(JobError, match=r"a\.psd: its layers have 3,610,000 megapixels"):
        read_design(rewritten(path, 1_900_000, b""), tmp_path)


def test_a_layer_with_damaged_pixels_is_not_shown_as_black(tmp_path: Path) -> None:
    path = document(tmp_path / "a.psd", (noise(8, 8), "damaged", 0, 0))
    rewritten(path, 8, zlib.compress(bytes(64))[:-9] + b"!!!!!!!!!")
    with pytest.raises(JobError, match=r"a\.psd: Invalid or corrupted PSD file: ZIP"):
        read_design(path, tmp_path)


def test_a_flattened_picture_of_the_right_length_alone_is_a_design_without_layers(tmp_path: Path) -> None:
    path = flat_only(tmp_path / "a.psd", bytes([200]) * 100 + bytes([100]) * 100 + bytes(100), 10, 10)
    design = read_design(path, tmp_path)
    assert design.layers == ()
    assert flat(tmp_path, design).getpixel((4, 4)) == (200, 100, 0)


def test_a_file_of_the_right_lengths_and_wrong_content_is_refused(tmp_path: Path) -> None:
    noise_section = noise(40, 40).tobytes()
    body = bytes(8) + struct.pack(">I", len(noise_section)) + noise_section + b"\0\0" + bytes(300)
    (tmp_path / "a.psd").write_bytes(header(10, 10) + body)
    assert check_complete(tmp_path / "a.psd").width == 10
    with pytest.raises(JobError, match=r"a\.psd: Invalid or corrupted PSD file: "):
        check_design(tmp_path / "a.psd")


def test_four_hundred_damaged_designs_cost_neither_time_nor_memory_and_end_in_one_kind_of_error(tmp_path: Path) -> None:
    designs = [card(tmp_path / "card.psd"), document(tmp_path / "b.psd", (noise(20, 20), "x", 0, 0), size=(16, 16))]
    designs += [path for path in sorted(SAMPLES.glob("designs/*.psd")) if path.stat().st_size < 60_000]
    script = Path(__file__).with_name("psd_mutants.py")
    done = subprocess.run(
        [sys.executable, script, "2026", "400", *designs], capture_output=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    result = json.loads(done.stdout)
    assert set(result["ended"]) == {"read", "refused"}, result["ended"]
    assert min(result["ended"].values()) > 100, "the damage is neither always nor never noticed"
    assert result["slowest_s"] < 20
    assert result["peak_mib"] < 2000
