"""Documents that several tests ask about."""

from headrace import Document

RETURNS = [
    Document(
        "refunds",
        "Refunds",
        "You may return an item within 30 days of delivery. The refund reaches your account "
        "within five working days.\n\n"
        "Items on sale cannot be returned.",
        "handbook/refunds.md",
        {"author": "Ada Lovelace", "published": "2019-03-04", "license": "MIT"},
    ),
    Document(
        "warranty",
        "Warranty",
        "The warranty lasts two years. It covers faults in material and workmanship.\n\n"
        "The battery is covered for one year only.",
        "handbook/warranty.md",
        {"author": "Grace Hopper", "published": "2021-06-01", "license": "Apache-2.0"},
    ),
    Document(
        "ranking",
        "Search",
        "Results are merged by reciprocal rank fusion (RRF). RRF adds up the inverse ranks of a "
        "chunk in every ranking that holds it.",
        "handbook/search.md",
        {"author": "Grace Hopper", "published": "2021-11-30", "license": "MIT"},
    ),
]
