"""Weights made in a process of their own: what went wrong there is said here."""

import shutil

import pytest

from headrace.resources.models.weights.integer_weights import quantised
from headrace.resources.models.weights.own_process import make_alone


def test_what_a_function_writes_is_there(tmp_path):
    model, made = tmp_path / "model", tmp_path / "made"
    model.write_text("weights")
    make_alone(shutil.copyfile, model, made)
    assert made.read_text() == "weights"


def test_a_file_that_is_not_there_is_an_os_error(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        make_alone(shutil.copyfile, tmp_path / "model", tmp_path / "made")


def test_a_damaged_model_is_said(tmp_path):
    model = tmp_path / "model.onnx"
    model.write_bytes(b"no model")
    with pytest.raises(RuntimeError, match="(?i)model.onnx.*fail"):
        make_alone(quantised, model, tmp_path / "made")
