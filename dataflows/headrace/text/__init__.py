"""How any text is read. These modules import nothing else of this package.

- `visible`: a text without its invisible characters
- `folding`: letters in their plain form: without ligatures, full width, marks
- `sentences`: the sentences of a text and their places
- `terms`: a text as the keyword search reads it; quoted and excluded words
- `function_words`: words that carry little meaning
- `words`: words that carry meaning, and the share of them that a sentence holds
- `phrases`: phrases that may be names, and their places
- `storable`: which texts PostgreSQL can store
- `titles`: titles of documents, and parts of a text that may be one
- `abbreviations`: abbreviations that a text defines itself
- `slips`: the cost of typing one word where another was meant
- `answer_types`: what kind of thing a question asks for
- `markup/`: the source of a formatted text: its outline, and the text without marks
- `asking/`: what a user writes: languages, greetings, pasted logs, follow-ups
- `word_pieces`: the number of an encoder's word pieces in a text
"""
