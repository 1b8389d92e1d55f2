"""The accounts of the operator's desk."""

from __future__ import annotations

import pytest

from app.errors import UserError
from app.services.kiosk import Kiosk
from app.services.operators import (
    add_operator,
    change_password,
    has_operators,
    reset_password,
    sign_in,
)
from app.services.settings import read_setting, write_setting
from tests.fakes import FakeClock

PASSWORD = "perahu-biru"


def _refused(code: str, kiosk: Kiosk, name: str, password: str) -> None:
    with pytest.raises(UserError) as caught:
        sign_in(kiosk, name, password)
    assert caught.value.code == code


def test_an_account_signs_in_by_its_name_in_any_case(kiosk: Kiosk) -> None:
    assert not has_operators(kiosk)
    add_operator(kiosk, "Rina", "Rina Contoh", PASSWORD)
    assert has_operators(kiosk)
    assert sign_in(kiosk, " rina ", PASSWORD).shown_name == "Rina Contoh"


def test_a_wrong_name_and_a_wrong_password_say_the_same(kiosk: Kiosk) -> None:
    add_operator(kiosk, "Rina", "", PASSWORD)
    _refused("sign_in_refused", kiosk, "Rina", "perahu-merah")
    _refused("sign_in_refused", kiosk, "Nobody", PASSWORD)


def test_five_wrong_passwords_lock_the_account(kiosk: Kiosk) -> None:
    clock = kiosk.clock
    assert isinstance(clock, FakeClock)
    add_operator(kiosk, "Rina", "", PASSWORD)
    for _ in range(5):
        _refused("sign_in_refused", kiosk, "Rina", "perahu-merah")
    _refused("operator_locked", kiosk, "Rina", PASSWORD)
    clock.pass_time(15 * 60)
    assert sign_in(kiosk, "Rina", PASSWORD).name == "rina"


def test_a_password_is_changed_by_who_knows_it(kiosk: Kiosk) -> None:
    add_operator(kiosk, "Rina", "", PASSWORD)
    with pytest.raises(UserError, match="sign_in_refused"):
        change_password(kiosk, "Rina", "perahu-merah", "kapal-putih")
    change_password(kiosk, "Rina", PASSWORD, "kapal-putih")
    assert sign_in(kiosk, "Rina", "kapal-putih").name == "rina"
    _refused("sign_in_refused", kiosk, "Rina", PASSWORD)


def test_a_forgotten_password_is_set_anew_on_the_machine_and_the_lock_is_over(
    kiosk: Kiosk, caplog: pytest.LogCaptureFixture
) -> None:
    add_operator(kiosk, "Rina", "", PASSWORD)
    for _ in range(5):
        _refused("sign_in_refused", kiosk, "Rina", "perahu-merah")
    with caplog.at_level("INFO"):
        reset_password(kiosk, " RINA", "kapal-putih")
    assert sign_in(kiosk, "Rina", "kapal-putih").name == "rina"
    _refused("sign_in_refused", kiosk, "Rina", PASSWORD)
    assert "set anew" in caplog.text
    assert "kapal-putih" not in caplog.text
    assert "rina" not in caplog.text.casefold()


def test_a_reset_of_nobody_names_who_there_is_and_makes_no_account(kiosk: Kiosk) -> None:
    with pytest.raises(UserError) as caught:
        reset_password(kiosk, "Rani", "kapal-putih")
    assert (caught.value.code, caught.value.params) == ("operator_unknown", {"names": "-"})
    add_operator(kiosk, "Rina", "", PASSWORD)
    with pytest.raises(UserError) as caught:
        reset_password(kiosk, "Rani", "kapal-putih")
    assert (caught.value.code, caught.value.params) == ("operator_unknown", {"names": "rina"})
    with pytest.raises(UserError, match="password_too_short"):
        reset_password(kiosk, "Rina", "short")
    assert sign_in(kiosk, "Rina", PASSWORD).name == "rina"


@pytest.mark.parametrize(
    ("name", "password", "code"),
    [
        (" ", PASSWORD, "operator_name_missing"),
        ("Rina", "short", "password_too_short"),
        ("RINA", PASSWORD, "operator_name_taken"),
    ],
)
def test_a_bad_account_is_refused(kiosk: Kiosk, name: str, password: str, code: str) -> None:
    add_operator(kiosk, "rina", "", PASSWORD)
    with pytest.raises(UserError) as caught:
        add_operator(kiosk, name, "", password)
    assert caught.value.code == code


def test_a_setting_is_kept_and_one_of_another_type_is_the_default(kiosk: Kiosk) -> None:
    assert read_setting(kiosk, "paper", "a5") == "a5"
    write_setting(kiosk, "paper", "roll80")
    assert read_setting(kiosk, "paper", "a5") == "roll80"
    assert read_setting(kiosk, "paper", 5) == 5
