"""Builds a part of the demo world, in a process of its own that has the demo's settings."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import django
import segno
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

django.setup()

from homeward.apps.access.keys.standing import data_without_keys  # noqa: E402 - models exist once Django is set up
from homeward.apps.access.queries import cast  # noqa: E402
from homeward.apps.visits.outlooks import refresh  # noqa: E402
from homeward.cli.main import as_typed, own_command  # noqa: E402
from homeward.cli.unlocking import bring_up_to_date  # noqa: E402
from homeward.demo.building import Builder, surveys  # noqa: E402
from homeward.demo.sample_export import write_sample_export  # noqa: E402
from homeward.demo.tables import Programme, programmes  # noqa: E402
from homeward.demo.world import World, day_everywhere, wipe, wipe_if_imported  # noqa: E402
from homeward.formats.collect import collect_settings  # noqa: E402

SAMPLE = "kobo-export.csv"
console = Console(stderr=True, highlight=False)


def main(part: str, base: str) -> int:
    folder = Path(os.environ["HOMEWARD_DATA"])
    world = World.opened(folder, day_everywhere(datetime.now(UTC)))
    if part == "rest":
        os.nice(10)
        _grow(world)
        return 0
    bring_up_to_date()
    if data_without_keys():
        console.print("The last demo was made by an earlier version, whose keys were not stored; it starts anew.")
        wipe(world)
        bring_up_to_date()
        world = World.opened(folder, day_everywhere(datetime.now(UTC)))
    if wipe_if_imported(world):
        console.print("Files were imported into the last demo; it starts anew, as the import page promised.")
        bring_up_to_date()
        world = World.opened(folder, day_everywhere(datetime.now(UTC)))
    if not world.is_complete(programmes()[0]):
        _begin(world)
    refresh()
    if not (folder / SAMPLE).exists():
        _write_sample(world, folder)
    _tell(world, folder, base)
    return 0


def _begin(world: World) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        first = programmes()[0]
        here = world.children_of(first)
        task = bar.add_task(f"{first.organisation}: children", total=first.children, completed=here)
        world.build_first(lambda _programme, done: bar.update(task, completed=done))


def _grow(world: World) -> None:
    total = _whole()

    def note(programme: Programme, done: int) -> None:
        if done % 20 == 0 or done == programme.children:
            here = f"{world.children} of {total}"
            console.print(f"  {programme.organisation}: {done} of {programme.children} children ({here})")

    world.build_rest(note)
    refresh()


def _write_sample(world: World, folder: Path) -> None:
    programme = programmes()[0]
    standing = world.standing[programme.country]
    write_sample_export(Builder(programme, standing.house, {}, surveys(), world.today), folder / SAMPLE)


def _whole() -> int:
    return sum(programme.children for programme in programmes())


def _standing(world: World) -> str:
    """What is there now: also at a second start, which goes on where the first was stopped."""
    if world.complete:
        return f"All {len(programmes())} countries are here, with {world.children} children."
    return (
        f"{world.children} of {_whole()} children are here; the rest grow in the background, and the sign-in page "
        "lists the people of the other countries as they come."
    )


def _tell(world: World, folder: Path, base: str) -> None:
    first = programmes()[0]
    table = Table("sign in as", "who", title=f"Homeward demo: {base}/", title_justify="left")
    for person in cast():
        if person.organisation == first.organisation:
            table.add_row(", ".join(role.replace("_", " ") for role in person.roles), person.display_name)
    console.print(table)
    url = f"{base}/key/{world.standing[first.country].token}"
    console.print(_standing(world))
    command = own_command()
    console.print("\nA file to score:")
    console.print(
        f"  {command} score {as_typed(folder / SAMPLE)} --instrument caregiver --out scores.csv", soft_wrap=True
    )
    console.print("\nODK Collect, as the first case worker's phone: Add project, and this address:")
    console.print(f"  {url}", soft_wrap=True)
    console.print("No phone at hand? Let this machine play one:")
    console.print(f"  {command} phone {url}\n", soft_wrap=True)
    if sys.stderr.isatty() and "127.0.0.1" not in base:
        segno.make(collect_settings(url, "Homeward demo"), error="l").terminal(out=sys.stderr, compact=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
