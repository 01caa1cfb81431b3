"""Names, codes and numbers of a question, and whether a text has them."""

import pytest

from headrace.answer.signs.names import absent_names


def absent(question: str, *places: str) -> list[str]:
    return list(absent_names(question, places).absent)


def absence(question: str, *places: str) -> float:
    return absent_names(question, places).absence


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        ("PST-1044", "PST-1043 and PST-10440"),
        ("CVE-2024-24762", "CVE-2024-1234"),
        ("0.9.3", "0.9.2, 0.9.31 and 10.9.3"),
        ("2.3", "2.3.1"),
        ("max_flow", "max_flows and max"),
        ("Oslo", "Olso"),
        ("Norway", "Normandy"),
    ],
)
def test_what_is_nearly_the_same_is_another_thing(asked, held):
    assert absent(f"What is {asked}?", held) == [asked]
    assert absent(f"What is {asked}?", f"{held} and {asked}.") == []


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        ("GPT-4", "gpt4"),
        ("X-rays", "one X-ray of the leg"),
        ("GPT4", "GPT 4"),
        ("v2.3", "## 2.3 (2024-02-20)"),
        ("Norwegian", "the Norwegians' river"),
        ("Norway's", "NORWAY"),
        ("1,536", "1536"),
        ("10GB", "10 GB"),
    ],
)
def test_one_thing_is_written_in_several_ways(asked, held):
    assert absent(f"What is {asked}?", held) == []


def test_a_word_that_begins_a_sentence_is_no_name():
    assert absent("I lost it. Where is Oslo? (Please)", "") == ["Oslo"]
    assert absent("Atlantis is where?", "") == []


def test_what_i_am_and_have_is_no_name():
    assert absent("how long may it be when I'm ill, I'd say, and I’ve asked?", "") == []
    assert absent("what did they say of Bob's weir?", "") == ["Bob"]


def test_the_name_of_a_file_is_there_with_its_parts():
    assert absent("does it run proxy.pac files?", "It reads no .pac proxy configuration.") == []
    assert absent("does it run proxy.pac files?", "It reads no proxy.") == ["proxy.pac"]


def test_capitals_tell_nothing_where_nearly_all_words_have_them():
    assert absent("HOW LONG IS THE WARRANTY PERIOD HERE", "") == []
    assert absent("How Long Is The Warranty Period", "") == []
    assert absent("WHAT DOES ERROR PST-1044 MEAN EXACTLY", "") == ["PST-1044"]


def test_a_number_of_things_is_the_askers_own():
    assert absent("How many bytes does a vector with 1536 dimensions take?", "") == []
    assert absent("What is the budget of project 057?", "A project") == ["057"]
    assert absent("What is the budget of project 057?", "project 3") == ["project 057"]
    assert absent("How high was the flood of 2015?", "") == ["2015"]


@pytest.mark.parametrize(
    "question", ["What does clause 2.2 say?", "Was steht in Abschnitt 2.2 dazu?"]
)
def test_the_number_of_a_section_is_a_code(question):
    held = absent_names(question, ["2.2 The tenant keeps doors and windows in repair."])
    assert held.has_codes and held.absent == ()
    assert absent(question, "2.1 The landlord keeps the roof in repair.") == ["2.2"]
    assert absent("How do 2.2 litres flow?", "2.1 The landlord keeps the roof.") == []


def test_an_option_is_a_code():
    asked = "What is the default of --gate-count?"
    assert absent(asked, "The count of gates. The gate stays open.") == ["gate-count"]
    assert absent(asked, "Use --gate-count 3.") == []
    assert absent("What is a well-known weir?", "A weir.") == []


def test_an_operator_is_a_code():
    assert absent("Why is <#> negative?", "`<->` and <=>") == ["<#>"]
    assert absent("Why is <#> negative?", "| `<#>` | inner product |") == []
    assert absent_names("What is <=>?", ["a <=> b"]).has_codes
    assert absent("Does it work -- and how -> why?", "It works.") == []


def test_a_setting_is_there_by_its_own_name_too():
    assert absent("How is ef_search set?", "SET hnsw.ef_search = 100;") == []
    assert absent("How is ef_search set?", "SET hnsw.ef_searches = 100;") == ["ef_search"]


def test_a_number_with_its_unit_is_the_askers_own():
    assert absent("Why is keep weekly 4w refused, with 2.5GB free?", "Keep 5m") == []
    assert absent("What does 3D mean?", "") == ["3D"]
    assert absent("What was said on the 40th?", "") == ["40th"]


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("Which Pythons could NetBox 2.9 run on?", "NetBox 2.9"),
        ("When was the Prometheus 3.9 released?", "Prometheus 3.9"),
        ("In which city is PromCon EU 2026 held?", "EU 2026"),
    ],
)
def test_the_number_of_a_name_is_a_code(question, number):
    """It is absent however much else of the question is there."""
    names = "NetBox runs on Python. Prometheus was released. PromCon EU is held."
    assert absent(question, names) == [number]
    assert absence(question, names) == 3 / 4
    assert absent(question, f"{names} {number.split()[1]}") == []


def test_the_number_of_a_name_stands_in_one_place_with_it():
    question = "When was the Prometheus 3.9 released?"
    assert absent(question, "Prometheus is here.", "Python 3.9 is.") == ["Prometheus 3.9"]
    assert absent(question, "Prometheus is here.", "Prometheus\n3.9 (2025)") == []


def test_a_whole_number_stands_with_its_name_where_that_has_others():
    question = "What does an HTTP 412 say?"
    assert absent(question, "It speaks HTTP.", "Code: 412") == []
    assert absent(question, "It speaks HTTP 403.", "Code: 412") == ["HTTP 412"]
    assert absent(question, "It speaks HTTP 403.", "HTTP, code 412") == []


@pytest.mark.parametrize(
    "setting", ["on Debian 12", "with a Raspberry Pi 4", "under our Windows 11", "auf Ubuntu 22"]
)
def test_the_number_of_what_the_asker_works_with_is_no_code(setting):
    text = "Debian, Raspberry Pi, Windows 10, Ubuntu: install the package"
    *_, number = setting.split()
    assert absent_names(f"How do I install it {setting}?", [text])[:2] in [
        ((number,), 1 / 3),
        ((number,), 1 / 4),
    ]
    assert absence("How do I install Debian 12?", text) == 3 / 4


def test_a_word_that_the_text_numbers_has_its_number_beside_it():
    question = "Which release reads repository version 3?"
    numbered = "Repository version 2 needs a release.", "There are 3 files."
    assert absent(question, *numbered) == ["version 3"]
    assert absence(question, *numbered) == 3 / 4
    assert absent(question, *numbered, "Versions 2 and 3.") == []
    assert absent(question, "A repository has a version.", "There are 3 files.") == []


@pytest.mark.parametrize("of", ["Ada, 9", "Louis 9th", "Engine V 9"])
def test_a_number_that_is_of_no_name_is_no_code(of):
    assert absence(f"Is it of {of}?", "Ada Louis Engine V") == 1 / (of.count(" ") + 2)


def test_a_number_of_what_the_text_knows_nothing_about_is_the_askers_own():
    assert absent("Ticket 4711: what is the limit?", "The limit is 5.") == []
    assert absent("Ticket 4711: what is the limit?", "A ticket has a limit.") == ["4711"]


@pytest.mark.parametrize(
    "question",
    [
        "How do I set a site parameter called api_key from outside?",
        "The page shows nothing, my ID is UA-1234-1. Why?",
        "All posts are called things like 2019-05-14-my-trip.md. Where is the date from?",
        "Keys look like docs/intro/index.html. How do I shorten them?",
        "I work on my C: drive. Is that fast?",
        "Wie lese ich eine Spalte namens user_id?",
    ],
)
def test_what_the_askers_own_things_are_called_is_no_code(question):
    assert absent(question, "Every ID.") == []


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("What does the function called foo_bar do?", "foo_bar"),
        ("My error is E1234. What now?", "E1234"),
        ("Is there something like --dry-run?", "dry-run"),
        ("A weir called Brill2 is shut. Does PST-1044 say why?", "PST-1044"),
    ],
)
def test_what_documents_may_know_is_a_code(question, code):
    assert absent(question, "") == [code]


def test_a_day_is_no_number_of_its_month():
    question = "What did the paper say of October 18, or in June 2024?"
    assert absent(question, "In October, June 2023 and the 18") == ["2024"]
    assert absence(question, "In October, June 2023 and the 18") == 1 / 4


def test_what_is_set_to_a_value_does_not_make_a_name_of_it():
    assert absent("Does max_flow = True still work?", "max_flow") == []


def test_a_slip_of_the_pen_is_no_other_name_and_another_digit_is():
    assert absent("What is out_of_order_windw?", "out_of_order_window") == []
    assert absent("What is out_of_order_wndw?", "out_of_order_window") == ["out_of_order_wndw"]
    assert absent("What is CVE-2024-24762?", "CVE-2024-24763") == ["CVE-2024-24762"]
    assert absent("Is it Oslow?", "Oslo-") == []
    assert absent("Is it Osol?", "Oslo") == ["Osol"]


@pytest.mark.parametrize(
    ("asked", "text"), [("Zurich", "Zürich"), ("Nunez", "Núñez"), ("Möller", "Moller")]
)
def test_marks_make_no_other_name(asked, text):
    assert absent(f"Who is in {asked}?", f"It is {text}.") == []


def test_a_condition_is_not_absent():
    question = "What did Acme Report 2018 say?"
    assert absent_names(question, ["Acme Report"], "year = 2018").absent == ()
    assert absent_names(question, ["Acme Report"]).absent == ("Report 2018",)


def test_whether_a_text_has_all_codes():
    question = "What do max_flow and PST-1044 do to Ada?"
    assert absent_names(question, ["max_flow", "pst-1044"]).has_codes
    assert not absent_names(question, ["max_flow of Ada"]).has_codes
    assert not absent_names("What does Ada do?", ["Ada"]).has_codes
    assert not absent_names("Who manages project 3?", ["project 3"]).has_codes


def test_what_is_absent_weighs_more_the_more_it_is():
    """Of n names and numbers k absent ones weigh k / (n + 1)."""
    question = "Did Ada meet Bert in Oslo?"
    assert absent_names(question, ["Oslo and Ada"])[:2] == (("Bert",), 1 / 4)
    assert absent_names(question, [])[:2] == (("Ada", "Bert", "Oslo"), 3 / 4)
    assert absent_names("and where?", ["Oslo"]) == ((), 0.0, False)


def test_what_most_places_are_about_makes_an_absent_name_no_smaller():
    everywhere = ["Weir has a door.", "Weir has a lock.", "It has a gate."]
    assert absence("How do I use Weir with Tarn?", *everywhere) == 1 / 2
    assert absence("How do I use Weir with Tarn?", *everywhere[1:], "Nothing.") == 1 / 3


def test_a_code_weighs_three_times_as_much_whatever_names_there_are():
    assert absence("What is PST-1044?", "") == 3 / 4
    assert absence("What is PST-1044 to Ada, Bert and Carl?", "Ada, Bert and Carl") == 3 / 4
    assert absence("What are PST-1044 and PST-1043?", "PST-1043") == 3 / 7
    assert absence("What is PST-1044 to Ada?", "PST-1044") == 1 / 3
    assert absence("What is it to Ada on the 21st?", "Ada") == 1 / 3


def test_a_capital_makes_no_name_of_a_german_noun():
    """Codes and versions are codes in any language."""
    question = "Wie groß war die Bevölkerung der Hauptstadt im Jahr 1901?"
    assert absent_names(question, ["1901 hatte Warschau 711.988 Einwohner."]).absent == ()
    coded = absent_names("Was ist die Ursache für PST-1044 im Werk?", ["PST-1043 im Werk"])
    assert coded.absent == ("PST-1044",)


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        ("US", "the U.S. army"),
        ("US", "a citizen of the United States of America"),
        ("USA", "a citizen of the United States of America"),
        ("SSO", "Single Sign-On"),
    ],
)
def test_initials_may_be_written_out(asked, held):
    assert absent(f"Is it in the {asked}?", held) == []
    assert absent(f"Is it in the {asked}?", "It is elsewhere.") == [asked]


def test_a_german_year_is_no_number_of_a_name():
    read = "Die Sender hatten im Jahr 1979 mehr Zuschauer als im Jahr 1970. Das war 1980 anders."
    assert absent("Wie viele Zuschauer hatten die Sender im Jahr 1980?", read) == []


def test_a_name_may_have_its_capital_inside():
    assert absent("Is there an iOS app of it?", "There is an app.") == ["iOS"]
    assert absent("Is there an iOS app of it?", "There is an app for ios.") == []


@pytest.mark.parametrize(
    ("question", "absent_ones"),
    [
        ("截至2015年3月，有多少人口？", ["2015"]),
        ("2015年3月に何人いましたか", ["2015"]),
        ("有多少人参加了AS-206的试飞?", ["AS-206"]),
        ("跑10公里要多久？", []),
    ],
)
def test_writing_without_spaces_is_no_part_of_a_code_or_a_number(question, absent_ones):
    """Its numbers of things, and the months of a date, are written beside it."""
    assert absent(question, "有很多人。") == absent_ones
    assert absent(question, "在2015年,用PostgreSQL试飞了AS-206号") == []


def test_a_text_in_another_language_has_codes_and_numbers_and_may_have_other_names():
    def absent_abroad(question: str, text: str) -> list[str]:
        return list(absent_names(question, [text], is_foreign=True).absent)

    text = "In 1522 Luther translated the Bible; see PST-7."
    assert absent_abroad("¿Cuándo publicó Lutero la Biblia de 1522?", text) == []
    assert absent_abroad("¿Cuándo publicó Lutero la Biblia de 1534?", text) == ["1534"]
    assert absent_abroad("¿Qué dice PST-1044 de Lutero?", text) == ["PST-1044"]


def test_a_word_joined_to_a_number_is_another_one_in_another_language():
    question = "In welchem Klima ist Sauerstoff-18 seltener?"
    assert absent_names(question, ["Of oxygen-18."], is_foreign=True).absent == ()
    assert absent_names(question, ["Of oxygen-18."]).absent == ("Sauerstoff-18",)


def test_what_another_one_is_asked_about_instead_of_does_not_count():
    """1 of 2 absent names is 1/3; 1 of 1 is 1/2."""
    assert absence("Has it Oslo instead of Bergen?", "It has Bergen.") == 1 / 2
    assert absence("Has it Oslo beside Bergen?", "It has Bergen.") == pytest.approx(1 / 3)


def test_a_year_is_a_code_where_titles_have_years():
    """One of one name counts 1/2, one of one code 3/4."""
    asked, places = "How many visitors came in 2021?", ["Seventy visitors came."]
    assert absent_names(asked, places, titles=["Report"]).absence == 0.5
    assert absent_names(asked, places, titles=["Report", "Report 2023"]).absence == 0.75
    assert absent_names(asked, places, titles=["Gate 12023"]).absence == 0.5
    assert absent_names(asked, ["In 2021."], titles=["Report 2021"]).absence == 0.0
