import pytest

from loka_metrics import MetricError, Registry
from loka_metrics.protocol import Cells


def test_asking_again_gives_the_same_family(registry: Registry) -> None:
    registry.counter("shares_total", "Shares.", ("verdict",)).labels("accepted").inc()
    again = registry.counter("shares_total", "Shares.", ("verdict",))
    again.labels("accepted").inc()
    assert again.labels("accepted").value == 2


def test_a_family_without_labels_is_its_series(registry: Registry) -> None:
    counter, gauge = registry.counter("a_total", "A."), registry.gauge("b", "B.")
    histogram = registry.histogram("c", "C.", (1, 2))
    counter.inc()
    gauge.set(5)
    gauge.dec()
    histogram.observe(1.5)
    assert counter.value == 1
    assert gauge.value == 4
    assert histogram.snapshot() == ((0, 1, 1), 1.5)
    assert counter.labels().value == 1


def test_a_family_with_labels_wants_a_series_chosen(registry: Registry) -> None:
    counter = registry.counter("shares_total", "Shares.", ("pool", "verdict"))
    with pytest.raises(MetricError) as raised:
        counter.inc()
    assert str(raised.value) == "shares_total has labels (pool, verdict): choose a series by labels() first"
    with pytest.raises(MetricError):
        registry.gauge("up", "Up.", ("pool",)).set(1)
    with pytest.raises(MetricError):
        registry.histogram("wait", "Wait.", (1,), ("pool",)).observe(1)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((), "shares_total takes a value for each label, 2 (pool, verdict); 0 were given"),
        (("a", "b", "c"), "shares_total takes a value for each label, 2 (pool, verdict); 3 were given"),
        (("a", 1), "the label verdict of shares_total takes text, not 1"),
        (("a", "\ud800"), "the label verdict of shares_total takes text that UTF-8 can hold, not '\\ud800'"),
    ],
)
def test_wrong_label_values_are_refused(registry: Registry, values: tuple[str, ...], words: str) -> None:
    counter = registry.counter("shares_total", "Shares.", ("pool", "verdict"))
    with pytest.raises(MetricError) as raised:
        counter.labels(*values)
    assert str(raised.value) == words
    assert counter.series() == []


def test_a_family_without_labels_takes_no_values(registry: Registry) -> None:
    with pytest.raises(MetricError) as raised:
        registry.counter("a_total", "A.").labels("x")
    assert str(raised.value) == "a_total takes a value for each label, none; 1 were given"


@pytest.mark.parametrize("name", ["", "1a", "a-b", "a b", "ä", "a\n"])
def test_a_bad_name_is_refused(registry: Registry, name: str) -> None:
    with pytest.raises(MetricError, match="is no metric's name"):
        registry.gauge(name, "")


@pytest.mark.parametrize("label", ["", "1a", "a-b", "a:b", "__name", "a\n"])
def test_a_bad_label_is_refused(registry: Registry, label: str) -> None:
    with pytest.raises(MetricError):
        registry.gauge("a", "", (label,))


def test_labels_with_another_meaning_are_refused(registry: Registry) -> None:
    with pytest.raises(MetricError, match="the label 'le' of a is kept for Prometheus itself"):
        registry.histogram("a", "", (1,), ("le",))
    registry.gauge("b", "", ("le",))
    with pytest.raises(MetricError, match="c has a label twice: x, x"):
        registry.gauge("c", "", ("x", "x"))


def test_the_same_name_can_not_mean_two_things(registry: Registry) -> None:
    registry.counter("a_total", "A.", ("x",))
    registry.histogram("h", "H.", (1, 2))
    for make in (
        lambda: registry.gauge("a_total", "A.", ("x",)),
        lambda: registry.counter("a_total", "Other.", ("x",)),
        lambda: registry.counter("a_total", "A."),
        lambda: registry.histogram("h", "H.", (1, 3)),
    ):
        with pytest.raises(MetricError, match="is there already, with another kind, help, labels or buckets"):
            make()


def test_a_histograms_lines_can_not_be_another_metrics(registry: Registry) -> None:
    registry.counter("wait_count", "Waits.")
    with pytest.raises(MetricError) as raised:
        registry.histogram("wait", "Wait.")
    assert str(raised.value) == "wait would show wait_count, which wait_count shows already"
    registry.histogram("time", "Time.")
    with pytest.raises(MetricError) as raised:
        registry.counter("time_sum", "Sum.")
    assert str(raised.value) == "time_sum would show time_sum, which time shows already"


def test_bad_buckets_are_refused_even_before_a_series_is(registry: Registry) -> None:
    with pytest.raises(MetricError, match="finite and each is above the last"):
        registry.histogram("a", "", (2, 1), ("x",))
    assert registry.render() == ""


def test_two_registries_share_nothing(cells: Cells) -> None:
    first, second = Registry(cells), Registry(cells)
    first.counter("a_total", "A.").inc()
    assert second.counter("a_total", "A.").value == 0
