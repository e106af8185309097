"""The families of labelled pairs: how the two sides were named and laid out, and what a designer would say to it.

A scenario takes a sheet on which both sides stand alike and bear no names, and spoils it in one way. Each leaves
enough for a person to tell the answer.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable

from matching_pairs.building import (
    Item,
    Pair,
    Sheet,
    assemble,
    extra,
    new_sheet,
    place_otherwise,
    place_same,
    slug,
)
from matching_pairs.drawing import CANVASES, STYLES, Region
from matching_pairs.naming import SCHEMES, generic_layer, mistyped, named_by_text, numbered, written
from matching_pairs.words import Part

Scenario = Callable[[Sheet], None]
SCENARIOS: dict[str, Scenario] = {}
_GROUPS = {"order only": (3, 6), "many of a kind": (10, 24), "grouped layers": (2, 5), "containers": (2, 4)}


def make_pairs(part: Part, *, seed: int, each: int, families: tuple[str, ...] = ()) -> list[Pair]:
    """`each` pairs of every family (or of those named), the same for the same seed."""
    pairs = []
    for family, spoil in SCENARIOS.items():
        if families and family not in families:
            continue
        for number in range(each):
            chance = random.Random(zlib.crc32(f"{seed}/{family}/{number}".encode()))
            low, high = _GROUPS.get(family, (0, 4))
            sheet = new_sheet(chance, part, groups=chance.randint(low, high))
            spoil(sheet)
            pairs.append(assemble(sheet, family))
    return pairs


def _family(name: str) -> Callable[[Scenario], Scenario]:
    def keep(spoil: Scenario) -> Scenario:
        SCENARIOS[name] = spoil
        return spoil

    return keep


def _name(sheet: Sheet, *, layers: bool = True, placeholders: bool = True) -> None:
    """Each side in one scheme of its own, footage of a name that tells nothing."""
    ours, theirs = sheet.chance.sample(SCHEMES, 2)
    how = sheet.chance.choice(("plain", "padded", "word"))
    for item in sheet.items:
        if layers:
            item.layer_name = written(item.words, ours)
        if placeholders:
            item.placeholder_name = written(numbered(item.words, how), theirs)
            item.footage = sheet.chance.choice(("placeholder.png", "temp.jpg", "dummy.png", "image.png"))


def _name_by_content(sheet: Sheet, items: list[Item] | None = None) -> None:
    for item in sheet.items if items is None else items:
        item.layer_name = named_by_text(item.says) if item.is_text else generic_layer(sheet.chance)


@_family("schemes")
def schemes(sheet: Sheet) -> None:
    """The same words in another scheme."""
    _name(sheet)
    sheet.shuffle_layers = sheet.shuffle_template = True


@_family("prefixes, copies, versions")
def noise(sheet: Sheet) -> None:
    _name(sheet)
    prefix = sheet.chance.choice(sheet.part.prefixes)
    place_otherwise(sheet)
    for item in sheet.items:
        item.placeholder_name = prefix[0 if item.is_text else 1] + item.placeholder_name
        if sheet.chance.random() < 0.6:
            item.layer_name += sheet.chance.choice(sheet.part.layer_noise)


@_family("laid out otherwise")
def otherwise(sheet: Sheet) -> None:
    """Names must win over places."""
    _name(sheet)
    place_otherwise(sheet)
    sheet.shuffle_layers = True


@_family("another canvas")
def another_canvas(sheet: Sheet) -> None:
    """The same order on a canvas of another shape; texts bear their words or other ones."""
    _name(sheet)
    sheet.size = sheet.chance.choice([one for one in CANVASES if one != sheet.canvas])
    for item in sheet.items:
        if item.number is None and sheet.chance.random() < 0.3:
            item.layer_name = written(sheet.chance.choice(item.what.others), "Title")


@_family("named by their text")
def by_text(sheet: Sheet) -> None:
    """Places must win: the layers are called what they say."""
    _name(sheet)
    _name_by_content(sheet, [item for item in sheet.items if item.is_text])


@_family("no names at all")
def unnamed(sheet: Sheet) -> None:
    _name(sheet)
    _name_by_content(sheet)
    sheet.shuffle_template = True


@_family("other words")
def other_words(sheet: Sheet) -> None:
    """One side says title, the other headline; both stand alike."""
    _name(sheet)
    swap = sheet.chance.random() < 0.5
    scheme = sheet.chance.choice(SCHEMES)
    for item in sheet.items:
        other = sheet.chance.choice(item.what.others)
        words = f"{sheet.topic.group} {item.number} {other}" if item.number is not None else other
        if swap:
            item.placeholder_name = written(words, scheme)
        else:
            item.layer_name = written(words, scheme)


@_family("another language")
def translated(sheet: Sheet) -> None:
    """Names in another language on one side; both stand alike."""
    _name(sheet)
    swap, language = sheet.chance.random() < 0.4, sheet.chance.randrange(3)
    scheme = sheet.chance.choice(SCHEMES)
    for item in sheet.items:
        words = item.what.foreign[language] + (f" {item.number}" if item.number is not None else "")
        if swap:
            item.placeholder_name = written(words, scheme)
        else:
            item.layer_name = written(words, scheme)


@_family("decoys")
def decoys(sheet: Sheet) -> None:
    """Hidden old versions, copies beside the canvas, guides, headers, adjustments, decoration, empties, notes."""
    chance = sheet.chance
    if chance.random() < 0.5:
        place_otherwise(sheet)
    _add_surplus(sheet, 1)
    _name(sheet)
    for item in chance.sample([one for one in sheet.items if one.in_design], min(3, len(sheet.items))):
        text = item.sample if item.is_text else None
        sheet.extras.append(extra(sheet, item.layer_name, item.box, visible=False, text=text))
    for item in chance.sample([one for one in sheet.items if one.in_design and one.what.kind != "K"], 2):
        outside = item.box._replace(left=item.box.left + chance.choice((-1.3, 1.3)))
        sheet.extras.append(extra(sheet, item.layer_name, outside, text=item.sample if item.is_text else None))
    full = Region(0, 0, 1, 1)
    if not any(item.what.kind == "K" for item in sheet.items):
        sheet.extras.append(extra(sheet, "Background", full))
    sheet.extras.append(extra(sheet, "safe area guide", Region(0.05, 0.05, 0.9, 0.9)))
    sheet.extras.append(extra(sheet, "Curves 1", full, "adjustment"))
    header = next(item for item in sheet.items if item.in_design)
    sheet.extras.append(extra(sheet, header.layer_name, full, "group"))
    sheet.extras.append(extra(sheet, header.layer_name, Region(0, 0, 0, 0)))
    for name in chance.sample(sheet.part.decoys, 4):
        box = Region(chance.random() * 0.5, chance.random() * 0.5, chance.random() * 0.5, chance.random() * 0.5)
        sheet.extras.append(extra(sheet, name, box, chance.choice(("image", "shape"))))
    sheet.extras.append(extra(sheet, "note to editor", Region(0.01, 0.01, 0.2, 0.02), text="please check the crop"))


def _add_surplus(sheet: Sheet, count: int) -> None:
    """Placeholders that only the template has, where nothing of the design stands."""
    for what in sheet.chance.sample(sheet.part.surplus, count):
        item = Item(what, what.role, None, what.says[0], what.says[1], in_design=False)
        item.place = Region(sheet.chance.uniform(0.1, 0.8), 0.955, 0.1, 0.03)
        sheet.items.append(item)


@_family("something missing")
def missing(sheet: Sheet) -> None:
    """Placeholders without a layer, layers without a placeholder."""
    chance = sheet.chance
    alike = chance.random() < 0.5
    if alike:
        place_same(sheet, 0.008)
    else:
        place_otherwise(sheet)
    _add_surplus(sheet, 2)
    _name(sheet)
    if alike and chance.random() < 0.5:
        _name_by_content(sheet, [item for item in sheet.items if item.is_text])
    alone = [item for item in sheet.items if item.number is None and item.in_design]
    for item in chance.sample(alone, 2):
        item.in_design = False
    for item in chance.sample([one for one in alone if one.in_design], 2):
        item.in_template = False


@_family("containers")
def containers(sheet: Sheet) -> None:
    """Each picture lies in a comp of its own; comp or footage say which it is, its place does not."""
    _name(sheet)
    form, by_comp = sheet.chance.choice(sheet.part.containers), sheet.chance.random() < 0.7
    if sheet.chance.random() < 0.5:
        place_otherwise(sheet)
    for item in sheet.items:
        if not item.is_text and item.what.kind != "K":
            item.container = form.format(written(item.words, "Title"))
            if by_comp:
                item.placeholder_name = sheet.chance.choice(("image", "replace me", "placeholder.png", "photo here"))
            else:
                item.container = f"Precomp {1 + sheet.items.index(item)}"
                item.placeholder_name = item.footage = slug(item.words) + ".png"


@_family("animated starts")
def animated(sheet: Sheet) -> None:
    """The first visible frame says little: slid in from a side, grown from nothing, or not to be told."""
    _name(sheet)
    chance = sheet.chance
    how = chance.choice(("slide", "grow", "unknown"))
    if how == "slide":
        _name_by_content(sheet, [item for item in sheet.items if item.is_text])
    side = chance.choice((-1.1, 1.1))
    for item in sheet.items:
        place = item.place
        if place is None or item.what.kind == "K":
            continue
        if how == "slide":
            item.place = place._replace(left=place.left + side)
        elif how == "grow":
            item.place = Region(0.5, 0.5, 0.0, 0.0)
        else:
            item.place = None


@_family("the template's text is the design's")
def sample_text(sheet: Sheet) -> None:
    _name(sheet)
    place_otherwise(sheet)
    for number, item in enumerate(sheet.items):
        if item.is_text:
            item.layer_name = named_by_text(item.says) if sheet.chance.random() < 0.5 else f"T{number}"
            item.sample = sheet.chance.choice((item.says, item.says.upper(), item.says.title()))
            item.placeholder_name = f".f{number}"


@_family("footage tells")
def footage(sheet: Sheet) -> None:
    _name(sheet)
    place_otherwise(sheet)
    ending = sheet.chance.choice((".png", ".jpg", "_final.png", "_v2.psd"))
    for number, item in enumerate(sheet.items):
        if not item.is_text:
            item.placeholder_name = sheet.chance.choice(("image", f"image {number}", "placeholder", f"pic{number}"))
            item.footage = slug(item.words) + ending


@_family("pictures alike")
def pictures_alike(sheet: Sheet) -> None:
    """Only what the pictures show tells them apart."""
    _name(sheet)
    place_otherwise(sheet)
    sheet.alike = True
    for number, item in enumerate(sheet.items):
        if not item.is_text and item.what.kind != "K":
            item.placeholder_name, item.footage = f"image {number}", f"image{number}.png"
            item.layer_name = generic_layer(sheet.chance)


@_family("grouped layers")
def grouped(sheet: Sheet) -> None:
    """`Player 1/Name` in the design, `player1_name` in the template."""
    _name(sheet)
    if sheet.chance.random() < 0.6:
        place_otherwise(sheet)
    for item in sheet.items:
        if item.number is not None:
            item.group = written(f"{sheet.topic.group} {item.number}", "Title")
            item.layer_name = written(item.what.role, "Title")


@_family("what a text is")
def forms(sheet: Sheet) -> None:
    """Dates, prices, addresses: the layer is called what it says, and stands elsewhere."""
    known = ("date", "price", "website", "link", "url", "hashtag", "handle", "phone", "email", "time", "discount")
    kept = []
    for item in sheet.items:
        item.layer_name = ""
        asks = [word for word in known if word in item.what.role.split()]
        taken = {word for one in kept for word in known if word in one.what.role.split() and one.is_text}
        if item.number is None and (not item.is_text or (asks and not taken & set(asks)) or item.what.kind == "H"):
            kept.append(item)
    sheet.items = [item for item in kept if "old" not in item.what.role]
    place_same(sheet)
    place_otherwise(sheet)
    _name(sheet)
    _name_by_content(sheet, [item for item in sheet.items if item.is_text])


@_family("compounds")
def compounds(sheet: Sheet) -> None:
    """`matchdate`, `match-date`, `MatchDate`."""
    place_otherwise(sheet)
    _name(sheet)
    one, other = sheet.chance.sample(("run together", "kebab", "dotted", "camel"), 2)
    for item in sheet.items:
        item.layer_name = written(item.words, one)
        item.placeholder_name = written(item.words, other)


@_family("order only")
def order_only(sheet: Sheet) -> None:
    """Rows of one kind, numbered in the template, named by their text in the design."""
    text = sheet.chance.choice([what for what in sheet.topic.group_fields if what.is_text])
    picture = next((what for what in sheet.topic.group_fields if not what.is_text), None)
    sheet.items = [item for item in sheet.items if item.what in (text, picture)]
    place_same(sheet)
    _name(sheet)
    _name_by_content(sheet)
    if sheet.chance.random() < 0.5:
        for item in sheet.items:
            item.place = None
    else:
        for item in sheet.items:
            box = item.place or item.box
            item.place = Region(0.3 + box.left * 0.65, 0.05 + box.top * 0.65, box.width * 0.65, box.height * 0.65)


@_family("size and font")
def size_and_font(sheet: Sheet) -> None:
    """Called what they say, laid out otherwise: the headline is the largest, the fonts are the same."""
    kept: dict[str, Item] = {}
    for item in sheet.items:
        if item.number is None:
            kept.setdefault(item.what.kind, item)
    sheet.items = [item for item in kept.values() if item.what.kind in "HSBLPG"]
    for item, font in zip((one for one in sheet.items if one.is_text), sheet.part.fonts, strict=False):
        item.font = item.sample_font = font
    sheet.style = sheet.chance.choice(STYLES)
    place_same(sheet)
    place_otherwise(sheet)
    _name(sheet)
    _name_by_content(sheet, [item for item in sheet.items if item.is_text])


@_family("slips of the finger")
def slips(sheet: Sheet) -> None:
    place_otherwise(sheet)
    _name(sheet)
    scheme = sheet.chance.choice(("snake", "spaced", "Title", "kebab"))
    for item in sheet.items:
        if sheet.chance.random() < 0.4:
            item.layer_name = written(mistyped(item.words, sheet.chance), scheme)


@_family("many of a kind")
def many(sheet: Sheet) -> None:
    """Some fifty placeholders, numbered, in another order on either side."""
    _name(sheet)
    place_otherwise(sheet)
    sheet.shuffle_layers = sheet.shuffle_template = True
    for item in sheet.items:
        if sheet.chance.random() < 0.2:
            item.layer_name += sheet.chance.choice(sheet.part.layer_noise)


@_family("other words, laid out otherwise")
def other_words_otherwise(sheet: Sheet) -> None:
    """A few fields bear other words and stand elsewhere: told by what they mean, or by what is left over."""
    _name(sheet)
    place_otherwise(sheet)
    for item in sheet.chance.sample([one for one in sheet.items if one.number is None], 2):
        item.layer_name = written(item.what.others[0], "Title")


@_family("roughly the same places")
def rough(sheet: Sheet) -> None:
    """No names, things moved a little, something missing on either side: a person goes by order, size and form."""
    place_same(sheet, 0.05)
    _add_surplus(sheet, 1)
    _name(sheet)
    _name_by_content(sheet)
    alone = [item for item in sheet.items if item.number is None and item.in_design and item.what.kind != "H"]
    gone, left = sheet.chance.sample(alone, 2)
    gone.in_design = False
    left.in_template = False


@_family("two formats")
def two_formats(sheet: Sheet) -> None:
    """The same placeholders in a second comp of another size."""
    _name(sheet)
    if sheet.chance.random() < 0.5:
        place_otherwise(sheet)
    else:
        _name_by_content(sheet, [item for item in sheet.items if item.is_text])
    sheet.second_size = sheet.chance.choice([one for one in CANVASES if one != sheet.size])


@_family("as it comes")
def mixed(sheet: Sheet) -> None:
    """Some layers named well, some by other words, some by their text or not at all; both stand alike."""
    _name(sheet)
    _add_surplus(sheet, 1)
    _name(sheet)
    left = sheet.chance.choice([item for item in sheet.items if item.number is None and item.in_design])
    left.in_template = False
    for item in sheet.items:
        how = sheet.chance.random()
        if how < 0.25:
            _name_by_content(sheet, [item])
        elif how < 0.4:
            other = sheet.chance.choice(item.what.others)
            words = f"{sheet.topic.group} {item.number} {other}" if item.number is not None else other
            item.layer_name = written(words, "Title")
        elif how < 0.6:
            item.layer_name += sheet.chance.choice(sheet.part.layer_noise)
        if item.is_text and sheet.chance.random() < 0.3:
            item.sample = sheet.chance.choice(sheet.part.fillers)
    sheet.shuffle_template = True
