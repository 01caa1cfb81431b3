import json


def test_the_fields_and_the_ranges_they_take(run, returns):
    ran = run("facets", "--tenant", returns)
    assert ran.code == 0
    assert [line.split() for line in ran.out.splitlines()] == [
        ["field", "documents", "ranges", "of"],
        ["author", "3"],
        ["license", "3"],
        ["published", "3", "dates"],
    ]


def test_the_values_of_a_field_the_most_frequent_first(run, returns):
    ran = run("facets", "--tenant", returns, "--field", "author")
    assert ran.code == 0
    assert [line.split() for line in ran.out.splitlines()] == [
        ["author", "documents"],
        ["Grace", "Hopper", "2"],
        ["Ada", "Lovelace", "1"],
    ]


def test_json_is_one_list(run, returns):
    ran = run("facets", "--tenant", returns, "--field", "license", "--limit", "1", "--json")
    assert json.loads(ran.out) == [
        {"field": "license", "documents": 2, "value": "MIT", "kinds": []}
    ]


def test_an_unknown_field_may_be_a_typo(run, returns):
    ran = run("facets", "--tenant", returns, "--field", "licence")
    assert ran.code == 2
    assert 'no document has the field "licence", did you mean license?' in ran.err


def test_an_unknown_tenant_is_a_typo_of_one_that_there_is(run, returns):
    ran = run("facets", "--tenant", f"{returns}x")
    assert ran.code == 2
    assert f"did you mean {returns}" in ran.err
    ran = run("facets", "--tenant", f"{returns}x", "--field", "author")
    assert ran.code == 2
    assert f"did you mean {returns}" in ran.err
