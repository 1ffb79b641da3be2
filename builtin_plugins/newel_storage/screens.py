"""The store of files, as the doctor finds it."""

from __future__ import annotations

from newel.contracts.tui import Screen
from newel.contracts.views import Ask, Col, Listing
from newel.pages import reading
from newel_storage.permissions import STORAGE_CHECK

PROBES = Listing(
    title="Store of files, tried just now",
    ask=Ask(operation="storage.check"),
    at="probes",
    key="probe",
    columns=(
        Col(label="Outcome", value="outcome", cell="state", weight=0),
        Col(label="Probe", value="probe", weight=1),
        Col(label="ms", value="ms", cell="number", weight=0),
        Col(label="What was found", value="detail", weight=4),
    ),
    details=(
        Col(label="Probe", value="probe"),
        Col(label="Found", value="detail"),
        Col(label="What to do", value="fix"),
    ),
)
SCREENS = (
    Screen(name="main", section="site", label="Store of files", icon="▥", needs=STORAGE_CHECK, open=reading(PROBES)),
)
