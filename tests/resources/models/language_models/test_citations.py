"""Citations out of a stream: which sentences of which passage they mean."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.resources.models.message_streams import SearchResults
from headrace.types import CitedText, Prompt, SentenceRange
from support.language_model_parts import answered, passage
from support.message_events import citation, location, search_results
from support.messages_server import Reply


def test_a_part_keeps_all_its_citations_in_order(serve):
    serve(lambda body: Reply(parts=[("Both.", [citation(body, 1, 0, 1), citation(body, 0, 0, 2)])]))
    _, completion = answered()
    assert completion.parts[0].ranges == (
        SentenceRange(1, 0, 1, "Water leaves by the tailrace."),
        SentenceRange(0, 0, 2, "A headrace feeds a turbine.It is a channel."),
    )


def test_blank_sentences_are_not_sent_and_citations_still_find_theirs(serve):
    server = serve(lambda body: Reply(parts=[("So.", [citation(body, 1, 1, 3)])]))
    prompt = Prompt(
        "",
        (passage("Zero."), passage(" ", ""), passage("One.", "\n", "Two.", "", "Three.")),
        "What?",
    )
    _, completion = answered(prompt)
    sent = search_results(server.requests[0].body)
    assert [[text["text"] for text in block["content"]] for block in sent] == [
        ["Zero."],
        ["One.", "Two.", "Three."],
    ]
    assert completion.parts[0].ranges == (SentenceRange(2, 2, 5, "Two.Three."),)


@given(st.lists(st.lists(st.sampled_from(["", " ", "filled"]), max_size=5), max_size=5))
def test_whatever_is_blank_every_block_sent_leads_back_to_its_sentence(documents):
    passages = [
        passage(*[f"{p} {s}" if text.strip() else text for s, text in enumerate(texts)])
        for p, texts in enumerate(documents)
    ]
    results = SearchResults(passages)
    for result, block in enumerate(results.blocks()):
        for n, text in enumerate(block["content"]):
            cited = SimpleNamespace(**location(result, n, n + 1, text["text"]))
            found = results.sentence_range(cited)
            assert passages[found.passage].sentences[found.first].text == text["text"]
            assert found.last == found.first + 1


@pytest.mark.parametrize(
    ("claimed", "handed_over"),
    [
        ((7, 0, 1), (8, 0, 1)),
        ((0, 1, 9), (0, 2, 10)),
        ((0, 5, 2), (0, 6, 3)),
        ((-1, -2, 0), (-1, -2, 0)),
        ((1, 0, 0), (2, 0, 0)),
    ],
)
def test_ranges_outside_what_was_sent_are_handed_over_and_stay_outside(serve, claimed, handed_over):
    serve(Reply(parts=[("So.", [location(*claimed, text="never said")])]))
    passages = (passage("One.", "", "Two."), passage(" "), passage("Three."))
    _, completion = answered(Prompt("", passages, "What?"))
    expected = SentenceRange(*handed_over, quote="never said")
    assert completion.parts == (CitedText("So.", (expected,)),)


def test_citations_of_anything_but_search_results_are_left_out(serve):
    other = {
        "type": "char_location",
        "cited_text": "x",
        "document_index": 0,
        "start_char_index": 0,
        "end_char_index": 1,
    }
    serve(Reply(parts=[("So.", [other])]))
    _, completion = answered()
    assert completion.parts == (CitedText("So."),)
