import pytest

from loka_model.address import AddressError, DatabaseAddress


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://root:root@localhost:5432/loka", "postgresql://root@localhost:5432/loka"),
        ("postgres://root:root@localhost:5432/loka", "postgresql://root@localhost:5432/loka"),
        ("POSTGRES://db/loka", "postgresql://db/loka"),
        ("postgresql:///loka?host=/run/postgresql&password=s3cret", "postgresql:///loka"),
        ("postgresql://a:s3c@ret@[::1]:5432/loka?sslmode=require", "postgresql://a@[::1]:5432/loka"),
        ("postgresql://a:s3c%2Fr%3Fet@one:1,two:2/loka", "postgresql://a@one:1,two:2/loka"),
    ],
)
def test_an_address_is_shown_without_password(text: str, shown: str) -> None:
    address = DatabaseAddress.parse(text)
    assert str(address) == shown
    assert "root:root" not in repr(address)
    assert "s3c" not in repr(address)


def test_both_schemes_become_the_one_that_every_driver_takes() -> None:
    assert DatabaseAddress.parse("postgres://u:p@h:1/d?sslmode=disable").dsn == "postgresql://u:p@h:1/d?sslmode=disable"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "DATABASE_URL is not a database's address; write postgresql://USER:PASSWORD@HOST:5432/DATABASE"),
        ("localhost:5432", "DATABASE_URL is not a database's address"),
        ("mysql://u:hidden@h/d", "DATABASE_URL begins with mysql://; write postgresql://"),
        ("postgresql://u:hidden@h:5432", "DATABASE_URL names no database"),
        ("postgresql://u:hidden@h:5432/", "DATABASE_URL names no database"),
        ("postgresql://u:hid/den@h/d", "DATABASE_URL: in the password, / ? # [ ] must be written %2F %3F %23 %5B %5D"),
        ("postgresql://u:hidden@h:0/d", "'h:0' is not a host or host:port with a port from 1 to 65535"),
        ("postgresql://u:hidden@h:65536/d", "'h:65536' is not a host or host:port"),
        ("postgresql://u:hidden@h:x/d", "'h:x' is not a host or host:port"),
    ],
)
def test_an_address_that_cannot_be_used_says_what_to_write(text: str, message: str) -> None:
    with pytest.raises(AddressError) as caught:
        DatabaseAddress.parse(text)
    assert message in str(caught.value)
    assert "hidden" not in str(caught.value)
