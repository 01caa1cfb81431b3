"""What is quoted by the kind of thing that a question asks for."""

from support.quoting import quoted_from

SHARDS = (
    "Min shards is the number that is used when remote write starts. "
    "Max shards is the parallelism that remote write will use at most."
)


def test_how_many_is_not_answered_by_what_has_no_number():
    question = "How many max shards will remote write use?"
    assert quoted_from(question, SHARDS) == []
    assert "200 shards" in quoted_from(question, f"{SHARDS} It will use 200 shards.")[0]
    assert quoted_from(question, "Remote write will use several max shards.") != []


def test_what_the_default_is_goes_before_other_values():
    text = (
        "Pass --keep with a share to say how much unused data prune may keep: with 10 the "
        "unused data that prune may keep is 10 percent. Of 500 files, 50 may be unused data "
        "that prune may keep.\n\n"
        "It rewrites as little as it can. Cats sleep. The default is 5 percent."
    )
    question = "How much unused data may prune keep if I don't pass a share?"
    assert "default is 5" in quoted_from(question, text)[0]


def test_a_second_stretch_has_the_kind_of_thing_that_the_first_lacks():
    docs = (
        "The flag fast-gates was built to open the gates of a weir on a Tarn server.",
        "Cats sleep. Dogs bark. Horses neigh.",
        "This feature only runs on Linux, whatever the server of the weir.",
        "The flag fast-gates for a server has a long history, as gates have.",
    )
    answer = quoted_from("Can I turn on the flag fast-gates on a Tarn server?", *docs)
    assert any("only runs on Linux" in part for part in answer)


def test_a_block_of_code_is_whole_whatever_lines_stand_empty_in_it():
    text = (
        "The header of a request has the key, as shown below.\n\n"
        "```\n# old key header\nAuthorization: Token KEY\n\n"
        "# new key header\nAuthorization: Bearer KEY\n```"
    )
    (answer,) = quoted_from("What does the header of the old key look like?", text)
    assert "Authorization: Token KEY" in answer and "Authorization: Bearer KEY" in answer


def test_an_address_alone_is_no_answer():
    text = "- Fix 12 of the cache of Tarn\n\n  https://example.org/fixes/12"
    kept = "The cache of the pump at Tarn is kept in /var/cache/pump."
    answer = quoted_from("Where is the cache of the pump at Tarn kept?", text, kept)
    assert answer[0] == kept
    assert all("https" not in part for part in answer)
