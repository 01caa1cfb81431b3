import pytest

from headrace.errors import SettingsError
from headrace.measuring.speed.plan import plan_for


@pytest.mark.parametrize(
    ("quick", "largest", "scales"),
    [
        (False, None, (1_000, 10_000, 100_000)),
        (False, 1_000_000, (1_000, 10_000, 100_000, 1_000_000)),
        (False, 5_000, (1_000, 5_000)),
        (False, 200, (200,)),
        (True, None, (1_000,)),
        (True, 300, (300,)),
    ],
)
def test_scales_go_up_by_tens(quick, largest, scales):
    assert plan_for(quick, largest, 0).scales == scales


def test_a_scale_below_1_is_refused():
    with pytest.raises(SettingsError, match="at least 1"):
        plan_for(True, 0, 0)
