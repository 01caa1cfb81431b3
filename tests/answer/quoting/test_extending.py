"""What is quoted with a stretch: its list, its paragraph, what its pronoun is for."""

from headrace.answer.quoting.evidence import Evidence
from headrace.answer.quoting.extending import with_remedy
from headrace.answer.quoting.stretches import Stretch
from headrace.types import SubQuery
from support.contexts import hit, packed
from support.quoting import Words, quoted_from

STEPS = """\
## Upgrading

The script does this:

1. Stop the worker.
2. Back up the database.
3. Run the migrations.
4. Start the worker.

Nothing else happens here.
"""


def test_a_list_is_quoted_to_its_end_with_what_introduces_it():
    (answer,) = quoted_from("What does the script back up and migrate when upgrading?", STEPS)
    steps = (
        "The script does this:\n1. Stop the worker.\n2. Back up the database.\n"
        "3. Run the migrations.\n4. Start the worker."
    )
    assert steps in answer


def test_a_list_that_does_not_fit_says_how_many_items_are_left():
    items = [f"- Check valve number {number} of the weir by hand." for number in range(1, 31)]
    text = "\n".join(["The weir has many valves, to be checked like this:", "", *items])
    answer = quoted_from("How is the weir to be checked?", text)[0]
    shown = answer.count("Check valve")
    assert 2 < shown < 30
    assert f"(and {30 - shown} more)" in answer


def test_an_item_that_has_what_is_asked_for_is_quoted_without_its_list():
    text = "Pumps:\n\n- The pump at Tarn can move 40 litres a day.\n- Cats sleep.\n- Dogs bark."
    (answer,) = quoted_from("How many litres a day does the pump at Tarn move?", text)
    assert "40 litres" in answer and "Cats" not in answer and "more)" not in answer


def test_what_is_said_within_an_item_is_not_cut_to_another_item():
    """Only the second item begins with a word asked for; the first one goes on."""
    text = (
        "- Be careful with it. A pass code must be longer than 14 signs.\n"
        "- Find the pump at Tarn.\n- Cats sleep."
    )
    (answer,) = quoted_from("How long must the pass code at Tarn be?", text)
    assert "14 signs" in answer


ABORTING = (
    "A script may stop because of an error that it did not foresee. "
    "Sometimes a script should stop cleanly, for example because of bad input. "
    "Raise Halt for that.\n\nNothing of this is logged."
)


def test_an_explanation_is_quoted_to_the_end_of_its_paragraph():
    answer = quoted_from("How can a script stop cleanly because of bad input?", ABORTING)[0]
    assert answer.endswith("for example because of bad input. Raise Halt for that.")


def test_a_paragraph_is_not_quoted_to_the_announcement_of_a_list_that_does_not_fit():
    marks = "\n".join(f"- mark-{number} of the weir" for number in range(60))
    text = f"A script may stop cleanly on bad input. Raise Halt. The marks are:\n\n{marks}"
    answer = quoted_from("How can a script stop cleanly because of bad input?", text)[0]
    assert answer.endswith("Raise Halt.")


def test_what_has_the_kind_of_thing_asked_for_is_enough():
    text = "The mill on the river was built in 1911. It burned down. Nobody rebuilt it."
    assert quoted_from("When was the mill built?", text) == [
        "The mill on the river was built in 1911."
    ]


def test_what_has_the_words_of_the_question_is_enough():
    text = "Bicycles cost two coins. Dogs are free. Horses are not allowed."
    assert quoted_from("What do bicycles cost?", text) == ["Bicycles cost two coins."]


def test_a_row_of_a_table_is_quoted_without_the_next():
    table = "| Depot | Colour |\n|---|---|\n| Verwood | red |\n| Tarn | blue |"
    (answer,) = quoted_from("How is the depot at Verwood painted?", table)
    assert "red" in answer and "blue" not in answer


FERRY = (
    "## Fees\n\nThe fees of the ferry are these.\n\n| Thing | Price |\n|---|---|\n"
    "| Car | 9 coins |\n| Truck | 12 coins |\n| Bicycle | 2 coins |\n"
)


def test_all_rows_of_a_table_are_quoted_where_a_list_is_asked_for():
    rows = (
        "- Thing: Car; Price: 9 coins\n- Thing: Truck; Price: 12 coins\n"
        "- Thing: Bicycle; Price: 2 coins"
    )
    (announced,) = quoted_from("What are the fees of the ferry?", FERRY)
    assert announced == f"The fees of the ferry are these.\n{rows}"
    assert quoted_from("List every thing with its price.", FERRY) == [announced]
    assert "Car" not in " ".join(quoted_from("What is the price for a truck?", FERRY))


def test_rows_that_do_not_fit_are_counted():
    rows = [f"| Weir {number} | red with {number} white stripes |" for number in range(1, 31)]
    text = "\n".join(["All weirs are painted.", "", "| Weir | Colour |", "|---|---|", *rows])
    (answer,) = quoted_from("How are all weirs painted?", text)
    shown = answer.count("Colour: red")
    assert 2 < shown < 30
    assert answer.endswith(f"(and {30 - shown} more)")


def test_code_that_reads_like_a_row_stays_code():
    code = '```\ncurl -H "Accept: json; indent=4" \\\n  x: {"count": 10}\n```'
    answer = quoted_from("How do I fetch the weirs?", f"Fetch the weirs:\n\n{code}")[0]
    assert answer == f"Fetch the weirs:\n\n{code}\n"


def test_an_option_with_a_full_stop_in_it_is_quoted_as_it_stands():
    """The text is cut into two sentences, "... program=." and "/helper ..."."""
    text = "Use the -o program=./helper extended option."
    assert quoted_from("Which option is the extended one of the helper?", text) == [text]


def test_a_sign_without_words_is_no_answer():
    rule = "# Pumps\n\n## The red pump at Tarn\n\n---"
    text = "# Gates\n\n## Tarn\n\nThe pump was painted in spring."
    answer = quoted_from("Which red pump at Tarn was painted?", rule, text)
    assert answer == ["Tarn: The pump was painted in spring."]


def test_a_heading_further_up_is_shown_where_it_has_the_version_asked_for():
    text = "# History\n\n## Release 2.4.0 (2031-05-06)\n\n### Details\n\nDrops support for valve B."
    question = "Which release dropped support for valve B?"
    (answer,) = quoted_from(question, text)
    assert answer == "Release 2.4.0 (2031-05-06): Drops support for valve B."
    (plain,) = quoted_from("What became of the support for valve B?", text)
    assert "2.4.0" not in plain


FEES = """\
The harbour takes these fees from every boat that stays for a night or longer:

- Boats without a motor: 12 crowns
- Boats with a motor: 19 crowns
- Fishing boats: 4 crowns
"""


def test_the_item_that_alone_has_a_word_of_the_question_is_quoted_alone():
    answer = quoted_from("What fee does the harbour take from fishing boats?", FEES)[0]
    assert answer.endswith("Fishing boats: 4 crowns") and "12" not in answer


def test_an_item_is_not_quoted_instead_of_the_sentence_that_fits_better():
    text = (
        "The password of the harbour has 8 letters. Strong ones are recommended:\n\n"
        "- Passwords should have 12 letters at least\n- Leave out the names of dogs\n"
    )
    question = "How many letters has the password of the harbour?"
    (answer,) = quoted_from(question, text)
    assert answer.startswith("The password of the harbour has 8 letters.")


def test_all_items_are_quoted_where_the_question_asks_for_none_of_them():
    (answer,) = quoted_from("What fee does the harbour take from boats at night?", FEES)
    assert "12 crowns" in answer and "4 crowns" in answer


def test_a_sentence_that_belongs_to_an_item_is_quoted_with_it():
    text = "- `Jam: paper` is shown at night. Run `feed --reset`.\n- `Jam: ink` is shown at night."
    answer = quoted_from("What is to be done about the error Jam: paper?", text)[0]
    assert "feed --reset" in answer


RECORDS = """\
tour: Fjord; adults: 40 EUR; children: 20 EUR; dogs: none
tour: Glacier; adults: 75 EUR; children: 35 EUR; dogs: none
tour: Harbour; adults: 15 EUR; children: free; dogs: free
"""


def test_a_row_with_the_names_of_its_columns_is_quoted_without_the_others():
    answers = quoted_from("What do children pay for the Glacier tour?", RECORDS)
    assert answers == ["tour: Glacier; adults: 75 EUR; children: 35 EUR; dogs: none"]


def test_an_item_is_quoted_with_its_own_sentences_and_nothing_of_the_next():
    codes = "- **E-17**: flow too low. Clean the filter.\n- **E-18**: no flow. Open the valve.\n"
    for question in ("What does E-17 mean?", "E-17: flow too low"):
        found = quoted_from(question, codes)
        assert found == ["E-17: flow too low. Clean the filter."]


def test_a_pronoun_is_quoted_with_the_sentence_that_names_what_it_is_for():
    text = (
        "Ada Lind is a Swedish actress. She studied law in Lund. "
        "She plays the harbour master in the film Winter Gate."
    )
    (answer,) = quoted_from("Who plays the harbour master in the film Winter Gate?", text)
    assert answer == text


def test_what_stands_between_is_left_out_where_there_is_no_room_for_it():
    hobbies = [f"She likes {' '.join(f'thing{n}' for n in range(30))} too." for _ in range(4)]
    between = " ".join(hobbies)
    last = "She plays the harbour master in the film Winter Gate."
    text = f"Ada Lind is a Swedish actress. {between} {last}"
    answer = quoted_from("Who plays the harbour master in the film Winter Gate?", text)
    assert answer == ["Ada Lind is a Swedish actress.", last]


def test_a_pronoun_whose_name_stands_in_another_section_is_quoted_alone():
    text = "Ada Lind is an actress.\n\n## Films\n\nShe plays the harbour master in Winter Gate."
    answer = quoted_from("Who plays the harbour master in Winter Gate?", text)[0]
    assert "She plays" in answer and "actress" not in answer


def test_what_is_indented_beneath_an_item_belongs_to_it():
    text = (
        "* Fix 12: The weir honours GATE_DIR on all systems\n\n"
        "     On some of them GATE_DIR was ignored."
    )
    (answer,) = quoted_from("Which systems of the weir honour GATE_DIR since fix 12?", text)
    assert "honours GATE_DIR" in answer and "was ignored" in answer


def test_the_remedy_stands_after_the_code_that_shows_the_fault():
    text = (
        "Large weirs take longer:\n\n```\nList(gates) failed: request timeout\n```\n\n"
        "Raise the limit with `--patience` then."
    )
    for question, last in (("I see: request timeout, it failed", 4), ("Which gates are there?", 3)):
        context = packed([hit(1, text, "d1")], question=question)
        sentences = context.passages[0].sentences
        assert [one.text[:5] for one in sentences] == ["Large", "```\nL", "```", "Raise"]
        evidence = Evidence(context, [SubQuery(question)], [], {}, Words(), 120, 120)
        assert with_remedy(evidence, Stretch(0, 0, 3, 10)).last == last


def test_what_is_said_of_a_setting_has_its_name():
    text = "## MAX_GATE_SIZE\n\nDefault: 20. It is the size of a request to a gate."
    answer = quoted_from("How large may a request be by default?", text)[0]
    assert answer.startswith("MAX_GATE_SIZE: Default: 20")
    plain = quoted_from(
        "How large may a request be by default?", text.replace("MAX_GATE_SIZE", "Hue")
    )
    assert "Hue" not in plain[0]
