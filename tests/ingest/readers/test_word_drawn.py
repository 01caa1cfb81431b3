"""Formulas, charts and diagrams of Word files are read for their words."""

from support.reading import document_of
from support.word_files import run, word_file


def text_of(folder, body: str, **parts: str) -> str:
    return document_of(word_file(folder, body, None, **parts)).text


def points(kind: str, *values: str) -> str:
    made = "".join(f'<w:pt idx="{n}"><w:v>{value}</w:v></w:pt>' for n, value in enumerate(values))
    return f"<w:{kind}>{made}</w:{kind}>"


def test_a_formula_keeps_its_fractions_and_powers(tmp_path):
    fraction = f"<w:f><w:num>{run('a')}</w:num><w:den>{run('b+1')}</w:den></w:f>"
    power = f"<w:sSup><w:e>{run('c')}</w:e><w:sup>{run('2')}</w:sup></w:sSup>"
    root = f"<w:rad><w:e>{run('d')}</w:e></w:rad>"
    text = text_of(tmp_path, f"<w:p><w:oMath>{fraction}{power}{root}</w:oMath></w:p>")
    assert text == "a/(b+1)c^2√d"


def test_a_chart_gives_each_value_with_its_series(tmp_path):
    title = f"<w:chart><w:title>{run('Fees by berth')}</w:title>"
    berths = points("cat", "North", "South")
    series = [
        f"<w:ser>{points('tx', name)}{berths}{points('val', *fees)}</w:ser>"
        for name, fees in (("2025", ("30", "40")), ("2026", ("32", "44")))
    ]
    text = text_of(
        tmp_path,
        '<w:p><w:r><w:drawing><w:chart r:id="chart1"/></w:drawing></w:r></w:p>',
        chart1=f"{title}{''.join(series)}</w:chart>",
    )
    assert text.split("\n\n") == [
        "Fees by berth",
        "North; 2025: 30; 2026: 32",
        "South; 2025: 40; 2026: 44",
    ]


def test_a_diagram_gives_its_shapes_as_items(tmp_path):
    shapes = "".join(f"<w:p>{run(text)}</w:p>" for text in ("Ask", "Answer"))
    text = text_of(
        tmp_path,
        '<w:p><w:r><w:drawing><w:relIds r:dm="diagramData1"/></w:drawing></w:r></w:p>',
        diagramData1=shapes,
    )
    assert text == "- Ask\n- Answer"


def test_readings_of_characters_follow_them(tmp_path):
    ruby = f"<w:ruby><w:rt>{run('かんじ')}</w:rt><w:rubyBase>{run('漢字')}</w:rubyBase></w:ruby>"
    assert text_of(tmp_path, f"<w:p><w:r>{ruby}</w:r></w:p>") == "漢字(かんじ)"
