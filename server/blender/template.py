"""Hand-made objects that stand for parts: taken out of a `.blend`, their geometry nodes and shape keys set to evaluated numbers, fitted into the part's box.

The templates are Fitout's own (`templates/`, each with the script that made it). Nothing in them runs: scripts are off, drivers there are none.
"""

import os
import re

import bpy
import numpy

import geometry

FOLDER = os.path.dirname(os.path.abspath(__file__))


def source(file, name):
    """The object `name` of a template, as often as it is asked for within one job: the library is read once."""
    if not re.fullmatch(r"[a-z0-9_-]+\.blend", file):
        raise geometry.Refused(f"The template “{file}” is not one of ours.")
    path = os.path.join(FOLDER, file)
    if not os.path.isfile(path):
        raise geometry.Refused(f"The template “{file}” is not there.")
    held = bpy.data.objects.get(name)
    if held is not None and held.get("template") == file:
        return held
    with bpy.data.libraries.load(path, link=False) as (there, wanted):
        if name not in there.objects:
            raise geometry.Refused(f"The template “{file}” has no object “{name}”.")
        wanted.objects = [name]
    made = wanted.objects[0]
    made["template"] = file
    return made


def inputs_of(modifier):
    """Name of an input of a geometry nodes modifier → its socket."""
    return {item.name: item for item in modifier.node_group.interface.items_tree if item.item_type == "SOCKET" and item.in_out == "INPUT"}


def set_numbers(made, asked):
    """Sets what the part asks for; lengths of nodes are metres there."""
    keys = made.data.shape_keys.key_blocks if made.data.shape_keys else {}
    for name, value in asked["shape_keys"]:
        if name not in keys:
            raise geometry.Refused(f"“{made.name}” has no shape key “{name}”.")
        keys[name].value = value
    nodes = [m for m in made.modifiers if m.type == "NODES"]
    for name, value in asked["inputs"]:
        found = next(((m, inputs_of(m)[name]) for m in nodes if name in inputs_of(m)), None)
        if found is None:
            raise geometry.Refused(f"“{made.name}” has no input “{name}”.")
        modifier, socket = found
        length = getattr(socket, "subtype", "") == "DISTANCE"
        modifier[socket.identifier] = int(round(value)) if socket.socket_type == "NodeSocketInt" else float(value * geometry.MM if length else value)


def build_mesh(part, tile, scene):
    """A finished mesh of one part in metres, its minimum corner at the origin, exactly as large as the part."""
    asked = part["template"]
    made = source(asked["file"], asked["object"]).copy()
    made.data = made.data.copy()
    scene.collection.objects.link(made)
    try:
        set_numbers(made, asked)
        made.data.update_tag()
        made.update_tag()
        bpy.context.view_layer.update()
        graph = bpy.context.evaluated_depsgraph_get()
        mesh = bpy.data.meshes.new_from_object(made.evaluated_get(graph), preserve_all_data_layers=False, depsgraph=graph)
    finally:
        scratch = made.data
        bpy.data.objects.remove(made)
        bpy.data.meshes.remove(scratch)
    mesh.name = part["id"]
    fit(mesh, part)
    mesh.materials.clear()
    while mesh.uv_layers:
        mesh.uv_layers.remove(mesh.uv_layers[0])
    if tile is not None:
        texture(mesh, part, tile)
    return mesh


def fit(mesh, part):
    count = len(mesh.vertices)
    if not count:
        raise geometry.Refused(f"Part “{part['id']}”: its template makes nothing with these numbers.")
    points = numpy.empty(count * 3, dtype=numpy.float32)
    mesh.vertices.foreach_get("co", points)
    points = points.reshape(-1, 3).astype(numpy.float64)
    low, high = points.min(axis=0), points.max(axis=0)
    extent = high - low
    if not numpy.isfinite(extent).all() or (extent < 1e-6).any():
        raise geometry.Refused(f"Part “{part['id']}”: its template has no extent.")
    size = numpy.array(part["size_mm"]) * geometry.MM
    mesh.vertices.foreach_set("co", ((points - low) * (size / extent)).astype(numpy.float32).ravel())
    mesh.update(calc_edges=True)


def texture(mesh, part, tile):
    """The same projection as on parts that are built: each face from the side that it looks to."""
    loops = len(mesh.loops)
    corners = numpy.empty(loops, dtype=numpy.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    points = numpy.empty(len(mesh.vertices) * 3, dtype=numpy.float32)
    mesh.vertices.foreach_get("co", points)
    totals = numpy.empty(len(mesh.polygons), dtype=numpy.int32)
    mesh.polygons.foreach_get("loop_total", totals)
    normals = numpy.empty(len(mesh.polygons) * 3, dtype=numpy.float32)
    mesh.polygons.foreach_get("normal", normals)
    directions = numpy.repeat(normals.reshape(-1, 3), totals, axis=0)
    geometry.lay_texture(mesh, part, points.reshape(-1, 3)[corners].astype(numpy.float64) / geometry.MM, directions, tile)
