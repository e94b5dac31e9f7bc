# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all sections share: sizes, the rendered rules, the database, and fresh places to run in."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import country_database
import earlier
from log_server import VARIABLES, LogServer, Product, render
from paths import CACHE
from processes import BenchError, Processes
from services import Services

LONG = 20.0
"""Seconds. A run that takes longer is not repeated."""


@dataclass(frozen=True)
class Sizes:
    """How much of everything."""

    logins: list[int]
    naive_logins: int
    noise_lines: int
    rule_lines: int
    latency_logins: int
    noise_rate: int
    logs: list[int]
    repeats: int
    tenzir: bool = False


class Bench:
    """Gives sections what they need, made when it is first asked for."""

    def __init__(self, sizes: Sizes, directory: Path) -> None:
        self.sizes = sizes
        self._directory = directory

    @cached_property
    def product(self) -> Product:
        """Give what is here, with its defaults."""
        return render(self._directory / "rendered")

    @cached_property
    def earlier(self) -> Product | None:
        """Give the version beside which ours is measured, if the history has it."""
        return earlier.unpack(self._directory / "earlier")

    def with_variables(self, name: str, **variables: object) -> Product:
        """Give what is here, with variables of its own."""
        return render(self._directory / name, VARIABLES | variables)

    @cached_property
    def database(self) -> Path:
        """Give the country database."""
        CACHE.mkdir(parents=True, exist_ok=True)
        path = CACHE / "country.mmdb"
        country_database.write(path)
        return path

    def made(self, name: str, make: Callable[[Path], object]) -> Path:
        """Return a file that is made once in a run of the bench."""
        path = self._directory / name
        if not path.exists():
            make(path)
        return path

    @contextmanager
    def run(self, name: str) -> Iterator[tuple[Path, Processes]]:
        """Give an empty directory, and processes that end with it."""
        directory = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._directory))
        try:
            with Processes(directory) as processes:
                try:
                    yield directory, processes
                except BenchError as error:
                    raise BenchError(f"{error}\n{processes.last_words()}") from None
        finally:
            shutil.rmtree(directory)

    @contextmanager
    def services(
        self,
        *names: str,
        prepare: Callable[[LogServer], object] = lambda server: None,
        product: Product | None = None,
    ) -> Iterator[Services]:
        """Give a log server whose services run: ours, or those of a version."""
        with self.run("server") as (directory, processes):
            server = LogServer(directory / "root", product or self.product, self.database)
            prepare(server)
            services = Services(server, processes)
            services.start(*names)
            yield services


@contextmanager
def new_bench(sizes: Sizes) -> Iterator[Bench]:
    """Give a bench with a directory of its own, which is removed afterwards."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="run-", dir=CACHE) as directory:
        yield Bench(sizes, Path(directory))
