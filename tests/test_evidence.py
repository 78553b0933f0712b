"""The evidence store keeps bytes under their hash and notices when they are not what they were."""

import hashlib
from pathlib import Path

import pytest

from countersign.errors import CountersignError, Outage
from countersign.evidence import Evidence, write_whole


def test_what_is_put_comes_back(tmp_path: Path) -> None:
    evidence = Evidence(tmp_path)
    sha256 = evidence.put(b"original")
    assert sha256 == hashlib.sha256(b"original").hexdigest()
    assert evidence.get(sha256) == b"original"
    assert evidence.put(b"original") == sha256


def test_changed_bytes_are_noticed(tmp_path: Path) -> None:
    evidence = Evidence(tmp_path)
    sha256 = evidence.put(b"original")
    evidence.path(sha256).write_bytes(b"forged")
    with pytest.raises(CountersignError, match="was changed on disk"):
        evidence.get(sha256)


def test_lost_bytes_are_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CountersignError, match="Restore var/evidence from a backup"):
        Evidence(tmp_path).get("0" * 64)


def test_a_name_that_is_no_hash_reaches_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        Evidence(tmp_path).get("../../etc/passwd")


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"in the way of a folder")
    with pytest.raises(Outage, match="cannot be written"):
        write_whole(tmp_path / "file" / "x", b"y")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_an_interrupted_write_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "x", b"y")
    assert list(tmp_path.iterdir()) == []
