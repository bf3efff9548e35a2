from loka_migration import __version__


def test_the_package_has_a_version() -> None:
    assert __version__.count(".") == 2
