"""After Effects projects made by our own code, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import py_aep
from PIL import Image

from hotfolderd.media.project import Fill, PictureFill
from hotfolderd.model import Placeholder, Template

DELIVERY = "/Volumes/Jobs/TEST001"


def make_picture(path: Path, size: tuple[int, int] = (400, 300), mode: str = "RGB") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, "red").save(path)
    return path


class Studio:
    """A new project of After Effects, and the few gestures that the tests make in it."""

    def __init__(self, folder: Path, version: str = "25.0x1") -> None:
        self.folder = folder
        self.project = py_aep.new(version, platform="macos").project

    def comp(self, name: str, width: int = 800, height: int = 600, seconds: float = 4.0) -> py_aep.CompItem:
        return self.project.root_folder.add_comp(name, width, height, 1.0, seconds, 25.0)

    def footage(self, name: str, size: tuple[int, int] = (400, 300), mode: str = "RGB") -> py_aep.FootageItem:
        item = self.project.import_file(py_aep.ImportOptions(make_picture(self.folder / "old" / name, size, mode)))
        assert isinstance(item, py_aep.FootageItem)
        return item

    def saved(self, name: str = "template.aep") -> Path:
        path = self.folder / name
        self.project.save(path)
        return path


def source_text(layer: py_aep.TextLayer) -> py_aep.Property:
    assert layer.text is not None
    stream = layer.text["ADBE Text Document"]
    assert isinstance(stream, py_aep.Property)
    return stream


def named(template: Template, name: str) -> Placeholder:
    found = [placeholder for placeholder in template.placeholders if placeholder.name == name]
    assert len(found) == 1, (name, [placeholder.name for placeholder in template.placeholders])
    return found[0]


def text_for(template: Template, name: str, text: str) -> Fill:
    return Fill(named(template, name).id, "text", text=text)


def picture_for(template: Template, name: str, path: Path, delivery: str = DELIVERY) -> Fill:
    with Image.open(path) as image:
        width, height = image.size
    delivered = f"{delivery}/footage/{path.name}"
    if "\\" in delivery:
        delivered = delivered.replace("/", "\\")
    return Fill(named(template, name).id, "image", picture=PictureFill(path, delivered, width, height))


Edit = Callable[[bytes], bytes]
