"""What the doctor says about a Twilio account."""

from contextlib import closing
from typing import Any

import pytest

from channels.base import Finding
from simulator.faults import Refuse
from simulator.twilio import TwilioDouble
from tests.channels.twilio.world import channel


def findings(twilio: TwilioDouble, **changed: Any) -> list[Finding]:
    with closing(channel(twilio, **changed)) as made:
        return list(made.check())


def ills(twilio: TwilioDouble, **changed: Any) -> list[Finding]:
    return [it for it in findings(twilio, **changed) if not it.ok]


def test_a_healthy_account(twilio: TwilioDouble) -> None:
    template = twilio.world.content("tanggapan", "Tanggapan {{1}} siap, balas LIHAT")

    found = findings(twilio, sms="", template=template.sid)

    assert [it for it in found if not it.ok] == []
    assert any("disetujui" in it.what for it in found)
    assert twilio.messages() == ()


def test_a_hotline_is_warned_before_it_leaves_the_phone(twilio: TwilioDouble) -> None:
    assert any("aplikasi WhatsApp" in it.what for it in findings(twilio))


def test_there_is_no_sms_in_indonesia(twilio: TwilioDouble) -> None:
    assert any("gammu" in it.fix for it in ills(twilio, sms="+62811000110"))
    assert not any("gammu" in it.fix for it in ills(twilio, sms="+12025550110"))


@pytest.mark.parametrize(
    ("changed", "cure"),
    [
        ({"auth_token": "s4lah"}, "auth_token"),
        ({"whatsapp": "0811-000-110"}, "kode negara"),
        ({"whatsapp": "", "sms": ""}, "isi whatsapp atau sms"),
        ({"template": ""}, "Content Template Builder"),
        ({"template": "tanggapan"}, "Content SID"),
        ({"webhook_url": "http://puskesmas.example/kait"}, "https"),
        ({"base_url": "http://127.0.0.1:9"}, "internet"),
    ],
)
def test_each_ill_has_its_cure(twilio: TwilioDouble, changed: dict[str, Any], cure: str) -> None:
    found = ills(twilio, **changed)

    assert any(cure in it.fix for it in found)
    assert all(it.fix for it in found)


@pytest.mark.parametrize("status", ["pending", "rejected", "paused", "disabled"])
def test_a_template_that_is_not_approved(twilio: TwilioDouble, status: str) -> None:
    template = twilio.world.content("tanggapan", "Tanggapan {{1}} siap", status=status)

    assert any(status in it.what for it in ills(twilio, template=template.sid))


def test_what_cannot_be_asked_is_an_ill_too(twilio: TwilioDouble) -> None:
    twilio.faults.add(Refuse(500), method="messages.list", times=None)
    twilio.faults.add(Refuse(500), method="content.approvals")

    found = ills(twilio, template="HX" + "0" * 32)

    assert len([it for it in found if "dihubungi" in it.fix]) == 3
