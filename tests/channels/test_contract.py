"""Every registered channel keeps the contract; see contract.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.base import AfterCrash, Checks, Parses, Polls, Reconciles, Sends
from channels.errors import Ambiguous, AuthFailed, ChannelError, Transient
from channels.message import Message, Withdrawal
from channels.registry import CHANNELS
from tests.channels.contract import (
    ROOT,
    TESTS,
    Committed,
    World,
    assert_storable,
    corpus,
    delivery,
    killed_after_each_batch,
    open_world,
)
from tests.channels.world import NOW

NAMES = sorted(CHANNELS)
POLLING = [
    name for name in NAMES if isinstance(CHANNELS[name], type) and hasattr(CHANNELS[name], "poll")
]
SENDING = [name for name in NAMES if hasattr(CHANNELS[name], "send")]


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with open_world(request.param, request) as world:
        yield world


def over(names: list[str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("world", names, indirect=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_channel_is_whole(name: str) -> None:
    """Adapter, registry line, payloads, tests, docs."""
    adapter = CHANNELS[name]
    assert adapter.channel == name
    assert adapter.__module__ in (f"channels.{name}", f"channels.{name}.adapter")
    assert adapter.__doc__
    assert corpus(name), "payloads in tests/channels/NAME/corpus"
    assert list((TESTS / name).glob("test_*.py"))
    page = (ROOT / "docs" / "channels" / f"{name}.md").read_text(encoding="utf-8")
    assert page.startswith("# ")
    assert len(page) > 300


def test_the_registry_names_every_adapter_there_is() -> None:
    pages = {path.stem for path in (ROOT / "docs" / "channels").glob("*.md")}
    assert pages == set(CHANNELS)


@over(NAMES)
def test_what_a_channel_is_called(world: World) -> None:
    assert CHANNELS[world.channel.channel] is type(world.channel)
    assert world.channel.account


@over(POLLING)
def test_killed_with_every_batch_in_hand_nothing_is_lost_or_doubled(
    world: World, tmp_path: Path
) -> None:
    assert isinstance(world.channel, Polls)
    assert world.arrive is not None
    world.arrive(7)
    uninterrupted, committed = Committed(tmp_path), Committed(tmp_path)
    uninterrupted.poll(world.channel)

    lives = 0
    before = None
    for batch in killed_after_each_batch(world.channel, committed):
        lives += 1
        if before != batch.deliveries:  # first seen: die before the commit, and see it again
            before = batch.deliveries
            continue
        committed.commit(batch)
    world.arrive(1)
    committed.poll(world.channel)

    assert lives >= 2
    assert len(committed.keys) == len(set(committed.keys)) == 8
    assert committed.keys[:7] == uninterrupted.keys


@over(POLLING)
def test_a_second_look_finds_nothing(world: World, tmp_path: Path) -> None:
    assert isinstance(world.channel, Polls)
    assert world.arrive is not None
    world.arrive(2)
    committed = Committed(tmp_path)
    committed.poll(world.channel)

    assert [b for b in world.channel.poll(committed.state()) if b.deliveries] == []


@over(POLLING)
def test_what_is_polled_can_be_parsed(world: World, tmp_path: Path) -> None:
    assert isinstance(world.channel, Polls)
    assert isinstance(world.channel, Parses)
    assert world.arrive is not None
    world.arrive(3)

    for batch in world.channel.poll(Committed(tmp_path).state()):
        for item in batch.deliveries:
            assert item.received_at.utcoffset() is not None
            assert world.channel.parse(item)


@over(NAMES)
def test_every_payload_is_understood_the_same_way_twice(world: World) -> None:
    channel = world.channel
    assert isinstance(channel, Parses)
    for path in corpus(channel.channel):
        raw = path.read_bytes()
        events = channel.parse(delivery(channel, raw))
        assert events, path.name
        for event in events:
            assert_storable(event)
        assert list(events) == list(channel.parse(delivery(channel, raw))), path.name


@over(NAMES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=400))
def test_parsing_never_raises(world: World, raw: bytes) -> None:
    assert isinstance(world.channel, Parses)
    events = world.channel.parse(delivery(world.channel, raw))
    assert events
    for event in events:
        assert_storable(event)


@over(NAMES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_parsing_never_raises_for_a_damaged_payload(world: World, data: st.DataObject) -> None:
    assert isinstance(world.channel, Parses)
    raw = data.draw(st.sampled_from(corpus(world.channel.channel))).read_bytes()
    at, end = sorted(data.draw(st.lists(st.integers(0, len(raw)), min_size=2, max_size=2)))
    damaged = raw[:at] + data.draw(st.binary(max_size=20)) + raw[end:]

    events = world.channel.parse(delivery(world.channel, damaged))
    assert events
    for event in events:
        assert_storable(event)


@over(POLLING)
def test_a_gateway_out_of_reach_is_transient(world: World, tmp_path: Path) -> None:
    assert isinstance(world.unplugged, Polls)
    with pytest.raises(Transient) as caught:
        list(world.unplugged.poll(Committed(tmp_path).state()))

    _tells_no_secret(caught.value, world)


@over(POLLING)
def test_refused_credentials_are_an_alarm(
    world: World, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if not world.need("credentials", request):
        return
    assert isinstance(world.locked_out, Polls)
    with pytest.raises(AuthFailed) as caught:
        list(world.locked_out.poll(Committed(tmp_path).state()))

    _tells_no_secret(caught.value, world)


@over(SENDING)
def test_what_was_never_handed_over_is_never_in_doubt(world: World) -> None:
    assert isinstance(world.unplugged, Sends)
    assert world.reply is not None
    with pytest.raises(ChannelError) as caught:
        world.unplugged.send(world.reply)

    assert not isinstance(caught.value, Ambiguous)
    assert isinstance(caught.value, Transient)
    _tells_no_secret(caught.value, world)


@over(POLLING)
def test_a_lost_cursor_brings_nothing_under_another_key(world: World, tmp_path: Path) -> None:
    assert isinstance(world.channel, Polls)
    assert world.arrive is not None
    world.arrive(3)
    first, second = Committed(tmp_path), Committed(tmp_path)
    first.poll(world.channel)
    second.poll(world.channel)

    assert len(first.keys) >= 3
    assert set(first.keys) == set(second.keys)


@over(POLLING)
def test_what_is_parsed_again_is_the_same_message(world: World, tmp_path: Path) -> None:
    """`replay` finds its own message by its identity."""
    assert isinstance(world.channel, Polls)
    assert isinstance(world.channel, Parses)
    assert world.arrive is not None
    world.arrive(2)
    items = [
        item
        for batch in world.channel.poll(Committed(tmp_path).state())
        for item in batch.deliveries
    ]

    again = [world.channel.parse(item) for item in items]

    assert [list(world.channel.parse(item)) for item in items] == [list(it) for it in again]
    identities = [e.identity for events in again for e in events if isinstance(e, Message)]
    assert len(set(identities)) == len(identities) >= 2


@over(POLLING)
def test_throttled_it_asks_for_patience(
    world: World, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if not world.need("throttle_poll", request):
        return
    assert isinstance(world.channel, Polls)
    assert world.throttle_poll is not None
    world.throttle_poll()
    with pytest.raises(Transient) as caught:
        list(world.channel.poll(Committed(tmp_path).state()))

    _tells_no_secret(caught.value, world)


@over(POLLING)
def test_what_was_taken_back_is_told(
    world: World, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if not world.need("withdraw", request):
        return
    assert isinstance(world.channel, Polls)
    assert isinstance(world.channel, Parses)
    assert world.arrive is not None
    assert world.withdraw is not None
    world.arrive(1)
    committed = Committed(tmp_path)
    committed.poll(world.channel)
    world.withdraw()

    told = [
        event
        for batch in world.channel.poll(committed.state())
        for item in batch.deliveries
        for event in world.channel.parse(item)
    ]

    assert any(isinstance(event, Withdrawal) for event in told)


@over(SENDING)
def test_throttled_it_has_not_sent(world: World, request: pytest.FixtureRequest) -> None:
    if not world.need("throttle_send", request):
        return
    assert isinstance(world.channel, Sends)
    assert world.reply is not None
    assert world.throttle_send is not None
    assert world.taken is not None
    before = world.taken()
    world.throttle_send()
    with pytest.raises(Transient) as caught:
        world.channel.send(world.reply)

    assert world.taken() == before
    _tells_no_secret(caught.value, world)


@over(SENDING)
def test_refused_credentials_send_nothing(world: World, request: pytest.FixtureRequest) -> None:
    if not world.need("credentials", request):
        return
    assert isinstance(world.locked_out, Sends)
    assert world.reply is not None
    assert world.taken is not None
    before = world.taken()
    with pytest.raises(AuthFailed) as caught:
        world.locked_out.send(world.reply)

    assert world.taken() == before
    _tells_no_secret(caught.value, world)


@over(SENDING)
def test_dropped_after_the_gateway_took_it_the_citizen_gets_it_once(
    world: World, request: pytest.FixtureRequest
) -> None:
    """By the ability that the adapter declares, as `pipeline.doubt` uses it."""
    channel = world.channel
    assert isinstance(channel, Sends)
    assert world.reply is not None
    assert world.taken is not None
    before = world.taken()
    if world.need("drop", request):
        assert world.drop is not None
        world.drop()
        with pytest.raises(Ambiguous) as caught:
            channel.send(world.reply)
        _tells_no_secret(caught.value, world)
    else:
        channel.send(world.reply)  # killed before the receipt was kept

    if channel.after_crash is AfterCrash.IDEMPOTENT:
        assert channel.send(world.reply).external_id
    elif channel.after_crash is AfterCrash.RECONCILABLE and world.need("finds", request):
        assert isinstance(channel, Reconciles)
        found = channel.find_sent(world.reply)
        assert found is not None
        assert found.external_id
    assert world.taken() == before + 1


@over(SENDING)
def test_what_the_gateway_took_has_a_receipt(world: World) -> None:
    assert isinstance(world.channel, Sends)
    assert world.reply is not None

    receipt = world.channel.send(world.reply)

    assert receipt.external_id
    assert receipt.at.utcoffset() is not None
    assert world.reply.external_id in ("", receipt.external_id)


@over(SENDING)
def test_there_is_always_a_way_back(world: World) -> None:
    assert isinstance(world.channel, Sends)
    assert world.reply is not None

    assert world.channel.routes(world.reply.recipient, NOW)
    assert world.channel.routes("", NOW)
    assert world.channel.external_id(7) == world.channel.external_id(7)


@over(SENDING)
def test_not_found_is_no_error(world: World) -> None:
    if isinstance(world.channel, Reconciles):
        assert world.reply is not None
        assert world.channel.find_sent(world.reply) is None


@over(POLLING)
def test_the_doctor_has_a_cure_for_every_ill(world: World) -> None:
    for channel in (world.channel, world.unplugged, world.locked_out):
        if isinstance(channel, Checks):
            for finding in channel.check():
                assert finding.what
                assert finding.ok or finding.fix
                assert not any(secret in finding.what + finding.fix for secret in world.secrets)


def _tells_no_secret(error: ChannelError, world: World) -> None:
    told = f"{error} {error.text} {error.detail}"
    assert error.text
    assert not any(secret in told for secret in world.secrets)
