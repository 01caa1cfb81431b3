"""Presentations: slides are pages, and their notes and tables are read."""

import io
import zipfile
from bisect import bisect_right
from datetime import date, datetime
from pathlib import Path

import pptx
import pytest
from pptx.util import Inches

from support.reading import document_of, reason_of, written


def saved(folder: Path, deck) -> Path:
    deck.save(str(folder / "a.pptx"))
    return folder / "a.pptx"


def add_slide(deck, title: str, *lines: str, notes: str = ""):
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = title
    slide.placeholders[1].text = "\n".join(lines)
    if notes:
        slide.notes_slide.notes_text_frame.text = notes
    return slide


def test_slides_are_pages_with_titles_items_and_notes(tmp_path):
    deck = pptx.Presentation()
    slide = add_slide(deck, "Safety", "Helmets on deck.", "Yellow ones", notes="Say it twice.")
    slide.placeholders[1].text_frame.paragraphs[1].level = 1
    deck.slides.add_slide(deck.slide_layouts[6])
    add_slide(deck, "Lunch", "Bean soup")
    document = document_of(saved(tmp_path, deck))
    assert document.text == (
        "## Safety\n\n- Helmets on deck.\n  - Yellow ones\n\nNotes: Say it twice.\n\n"
        "## Lunch\n\n- Bean soup"
    )
    assert document.markup == "markdown"
    starts = document.page_starts
    assert len(starts) == 3
    assert bisect_right(starts, document.text.index("Say it")) == 1
    assert bisect_right(starts, document.text.index("## Lunch")) == 3


def test_items_deeper_than_any_that_a_program_writes_are_indented_no_further(tmp_path):
    deck = pptx.Presentation()
    slide = add_slide(deck, "Safety", "Helmets")
    slide.placeholders[1].text_frame.paragraphs[0]._p.get_or_add_pPr().set("lvl", "90")
    text = document_of(saved(tmp_path, deck)).text
    assert text == "## Safety\n\n" + "  " * 8 + "- Helmets"


def test_tables_text_boxes_and_groups_are_read(tmp_path):
    deck = pptx.Presentation()
    slide = add_slide(deck, "Fees")
    area = (Inches(1), Inches(1), Inches(4), Inches(2))
    table = slide.shapes.add_table(2, 2, *area).table
    for place, text in enumerate(("Depot", "Fee", "Wells", "160")):
        table.cell(place // 2, place % 2).text = text
    slide.shapes.add_textbox(*area).text_frame.text = "In a box"
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(*area).text_frame.text = "In a group"
    text = document_of(saved(tmp_path, deck)).text
    assert text == "## Fees\n\nDepot: Wells; Fee: 160\n\nIn a box\n\nIn a group"


@pytest.mark.parametrize(("top", "is_first"), [(0.2, True), (1.5, False)])
def test_a_text_box_above_all_else_comes_first_where_there_is_no_title(tmp_path, top, is_first):
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    for place, words in ((1, "Helmets on deck."), (3, "Yellow ones."), (top, "Safety")):
        box = slide.shapes.add_textbox(Inches(1), Inches(place), Inches(4), Inches(0.7))
        box.text_frame.text = words
    text = document_of(saved(tmp_path, deck)).text
    assert text.startswith("Safety\n\nHelmets") is is_first


def test_slides_come_in_the_order_in_which_they_are_shown(tmp_path):
    deck = pptx.Presentation()
    add_slide(deck, "One")
    add_slide(deck, "Two")
    order = deck.slides._sldIdLst
    order.append(order[0])
    assert document_of(saved(tmp_path, deck)).text == "## Two\n\n## One"


def test_properties_give_title_author_and_date_but_no_default_title(tmp_path):
    deck = pptx.Presentation()
    add_slide(deck, "One")
    deck.core_properties.title = "The Deck"
    deck.core_properties.author = "Ada"
    deck.core_properties.created = datetime(2024, 5, 1)
    document = document_of(saved(tmp_path, deck))
    assert document.title == "The Deck"
    assert document.metadata == {"file_type": "pptx", "author": "Ada", "created": date(2024, 5, 1)}
    deck.core_properties.title = "PowerPoint Presentation"
    assert document_of(saved(tmp_path, deck)).title == "a"


def test_a_strict_file_is_read_like_any_other(tmp_path):
    deck = pptx.Presentation()
    add_slide(deck, "One", "first")
    path = saved(tmp_path, deck)
    strict = io.BytesIO()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(strict, "w") as new:
        for name in archive.namelist():
            data = archive.read(name)
            for part in (b"presentationml/2006/main", b"drawingml/2006/main"):
                usual = b"http://schemas.openxmlformats.org/" + part
                data = data.replace(usual, b"http://purl.oclc.org/ooxml/" + part)
            new.writestr(name, data)
    assert document_of(written(tmp_path, "b.pptx", strict.getvalue())).text == "## One\n\n- first"


@pytest.mark.parametrize("cut", [10, 2])
def test_a_file_that_is_cut_off_is_damaged(tmp_path, cut):
    deck = pptx.Presentation()
    add_slide(deck, "One")
    data = saved(tmp_path, deck).read_bytes()
    reason = reason_of(written(tmp_path, "cut.pptx", data[: len(data) // cut]))
    assert reason.startswith("damaged, or not a .pptx")


def test_bombs_and_locked_files_are_refused(tmp_path):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ppt/presentation.xml", b" " * 5_000_000)
    path = written(tmp_path, "bomb.pptx", bomb.getvalue())
    assert reason_of(path, max_document_mb=1).startswith("too large: unpacked")
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    assert "password" in reason_of(written(tmp_path, "locked.pptx", locked))
    entities = io.BytesIO()
    with zipfile.ZipFile(entities, "w", zipfile.ZIP_DEFLATED) as archive:
        declared = '<!DOCTYPE p [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
        archive.writestr("ppt/presentation.xml", f"{declared}<p>&a;</p>")
    assert reason_of(written(tmp_path, "e.pptx", entities.getvalue())).startswith(
        ("empty", "damaged")
    )
