"""Reads the routes and the dependencies of a resolved project."""

from __future__ import annotations

from awaitify.analysis.calls import Resolution
from awaitify.analysis.entries.made_dependencies import follow_made
from awaitify.analysis.entries.middlewares import handles_on_loop, on_loop
from awaitify.analysis.entries.model import Entries
from awaitify.analysis.entries.routes import registered_by_call, routes_of
from awaitify.analysis.entries.sites import is_depends, place_sites, sites_of
from awaitify.analysis.lifecycle import find_lifecycle
from awaitify.analysis.paths import places_of
from awaitify.project.index import Call


def find_entries(resolution: Resolution) -> Entries:
    """Reads the routes and the dependencies of a resolved project."""
    entries = Entries()
    by_node = {call.node.id: call for file in resolution.project.files for call in file.calls}
    for file in resolution.project.files:
        for function in file.functions:
            routes_of(function, resolution, by_node, entries)
            if handles_on_loop(function, resolution, by_node):
                entries.on_loop.add(function)
        for call in file.calls:
            registered_by_call(call, resolution, entries)
            entries.on_loop.update(on_loop(call, resolution))
            if is_depends(call, resolution):
                entries.sites += sites_of(call, resolution)
    entries.life = find_lifecycle(resolution)
    follow_made(entries.sites, resolution)
    place_sites(resolution, entries)
    _name_paths(resolution, by_node, entries)
    return entries


def _name_paths(resolution: Resolution, by_node: dict[int, Call], entries: Entries) -> None:
    """Gives every route the prefixes and the tags of its router."""
    named = []
    for route in entries.routes:
        owner = by_node[route.node.id].callee.child_by_field_name("object")
        named.append((owner or route.node, by_node[route.node.id], route.path))
    for route, place in zip(entries.routes, places_of(named, resolution), strict=True):
        route.path, route.tags = place.path, place.tags
