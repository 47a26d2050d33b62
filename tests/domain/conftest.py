"""Alex and Sam, and sometimes Kim: everyone in a story, each with a device that hears what it is told."""

import pytest

from tests.domain.plain import Household, PlainLedger


@pytest.fixture
def home() -> Household:
    return Household("Alex", "Sam")


@pytest.fixture
def alex(home: Household) -> PlainLedger:
    return home.named("Alex")


@pytest.fixture
def sam(home: Household) -> PlainLedger:
    return home.named("Sam")
