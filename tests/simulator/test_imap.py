"""Both IMAP servers behave as the desk needs them, and the proxy breaks them as planned."""

import imaplib
from collections.abc import Iterator
from datetime import UTC, datetime
from queue import Queue

import pytest

from simulator.dovecot import DovecotServer, available
from simulator.faults import (
    DROP_AFTER_COMMIT,
    DROP_BEFORE_COMMIT,
    Action,
    Cut,
    FaultPlan,
    Moment,
    Refuse,
    Silence,
    TooMany,
)
from simulator.imap import JUNK, SENT, ImapServer, PymapServer
from simulator.journal import Journal
from simulator.proxy import ImapProxy

RAW = b"From: siti@example.org\r\nSubject: antre {12}\r\n\r\nLama sekali {7}\r\n\r\n"
AT = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
DOVECOT = pytest.param(
    DovecotServer,
    marks=[
        pytest.mark.dovecot,
        pytest.mark.skipif(not available(), reason="Dovecot is not installed"),
    ],
    id="dovecot",
)
SERVERS = [pytest.param(PymapServer, id="pymap"), DOVECOT]


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[ImapServer]:
    with request.param() as running:
        yield running


@pytest.fixture
def empty(server: ImapServer) -> ImapServer:
    """The server without mail: one server serves all tests of the module."""
    with server.session() as client:
        for folder in ("INBOX", JUNK, SENT):
            client.select(folder)
            client.uid("store", "1:*", "+FLAGS.SILENT", r"(\Deleted)")
            client.expunge()
    return server


@pytest.fixture
def proxy(empty: ImapServer, journal: Journal, faults: FaultPlan) -> Iterator[ImapProxy]:
    with ImapProxy(empty.port, journal, faults) as running:
        yield running


def login(proxy: ImapProxy, server: ImapServer) -> imaplib.IMAP4:
    client = imaplib.IMAP4("127.0.0.1", proxy.port, timeout=10)
    client.login(server.user, server.password)
    return client


def test_mail_goes_in_with_its_date_and_comes_out_as_it_was(empty: ImapServer) -> None:
    empty.append(RAW, at=AT)
    empty.append_all([(RAW, AT), (RAW, None)], JUNK, flags=r"(\Seen)")
    assert empty.mails() == [RAW]
    assert empty.mails(JUNK) == [RAW, RAW]
    assert empty.mails(SENT) == []
    with empty.session() as client:
        client.select("INBOX", readonly=True)
        _, [line] = client.uid("fetch", "1:*", "(INTERNALDATE FLAGS)")
    assert b'"20-Nov-2026 01:02:03 +0000"' in line
    assert b"Seen" not in line


def test_a_wrong_password_is_refused(server: ImapServer) -> None:
    with (
        imaplib.IMAP4("127.0.0.1", server.port, timeout=10) as client,
        pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"),
    ):
        client.login(server.user, "salah")


def test_without_a_plan_the_proxy_changes_nothing(empty: ImapServer, proxy: ImapProxy) -> None:
    with login(proxy, empty) as client:
        assert client.append("INBOX", "", imaplib.Time2Internaldate(AT), RAW * 1000)[0] == "OK"
        client.select("INBOX", readonly=True)
        _, found = client.uid("fetch", "1:*", "(BODY.PEEK[])")
        assert found[0][1] == RAW * 1000
        assert client.create("INBOX")[0] == "NO"
    told = {it.method: it for it in proxy.journal.entries("imap")}
    assert told["UID FETCH"].params == {"args": "1:* (BODY.PEEK[])"}
    assert (told["APPEND"].outcome, told["APPEND"].committed) == ("ok", True)
    assert (told["CREATE"].outcome, told["CREATE"].committed) == ("refused: NO", False)
    assert told["LOGIN"].params == {"args": ""}


@pytest.mark.parametrize(
    ("action", "arrived"),
    [
        (DROP_BEFORE_COMMIT, 0),
        (DROP_AFTER_COMMIT, 1),
        (Silence(0.1), 0),
        (TooMany(60), 0),
        (Refuse(0, "[UNAVAILABLE] Later"), 0),
    ],
)
def test_faults_between_desk_and_server(
    empty: ImapServer, proxy: ImapProxy, faults: FaultPlan, action: Action, arrived: int
) -> None:
    faults.add(action, gateway="imap", method="APPEND")
    client = login(proxy, empty)

    def work() -> None:
        client.append(SENT, "", imaplib.Time2Internaldate(AT), RAW)
        client.noop()

    with pytest.raises((imaplib.IMAP4.error, OSError)):
        work()
    client.shutdown()
    assert len(empty.mails(SENT)) == arrived
    [entry] = proxy.journal.entries(method="APPEND")
    assert entry.committed is bool(arrived)


def test_a_refused_command_leaves_the_connection_open(
    empty: ImapServer, proxy: ImapProxy, faults: FaultPlan
) -> None:
    faults.add(Refuse(0, "[INUSE] Busy"), method="EXAMINE")
    with login(proxy, empty) as client:
        assert client.select("INBOX", readonly=True) == ("NO", [b"[INUSE] Busy"])
        assert client.select("INBOX", readonly=True)[0] == "OK"


@pytest.mark.parametrize("when", list(Moment))
def test_a_strike_at_the_nth_command(
    empty: ImapServer, proxy: ImapProxy, faults: FaultPlan, when: Moment
) -> None:
    struck: Queue[str] = Queue()
    faults.add(Cut(when, lambda: struck.put(proxy.journal.entries()[-1].method)), nth=3)
    client = login(proxy, empty)
    answered = True
    try:
        client.select(SENT)
    except (imaplib.IMAP4.error, OSError):
        answered = False
    client.shutdown()
    assert answered is (when is Moment.ANSWER)
    # After the answer the strike comes when the client has it: a moment later, in its thread.
    assert struck.get(timeout=10) == "SELECT"
    assert struck.empty()


@pytest.mark.dovecot
@pytest.mark.skipif(not available(), reason="Dovecot is not installed")
def test_dovecot_names_its_folders_restarts_and_renumbers() -> None:
    with DovecotServer() as server:
        server.append_all([(RAW, AT)] * 3)
        server.append(RAW, user="lain")
        with server.session() as client:
            _, folders = client.list()
            client.select("INBOX")
            before = int(client.response("UIDVALIDITY")[1][0])
            client.uid("store", "1:2", "+FLAGS", r"(\Deleted)")
            client.expunge()
        assert rb'(\HasNoChildren \Junk) "/" Junk' in folders
        assert rb'(\HasNoChildren \Sent) "/" Sent' in folders
        server.restart()
        assert server.mails() == server.mails(user="lain") == [RAW]
        server.change_uidvalidity()
        with server.session() as client:
            client.select("INBOX")
            assert int(client.response("UIDVALIDITY")[1][0]) > before
            assert client.uid("search", "ALL")[1] == [b"1"]
        assert server.mails() == [RAW]
        folder = server.folder
    assert not folder.exists()
