"""Meshes of evaluated parts: millimetres in the part's own frame, its minimum corner at the origin.

Every mesh is written down directly (corners, faces, exact normals, texture coordinates): no modifiers, no operators. That is quick and
the same for every run. Blender only sees finished arrays.
"""

import base64
import math
import zlib

import bpy
import numpy
from mathutils.geometry import delaunay_2d_cdt

MM = 0.001
# A crisp edge in a picture never looks real: plain shapes get this radius, which leaves their size as it is.
SOFT = 0.8
# How far a chord may lie from its arc.
TOLERANCE = 0.08


class Refused(Exception):
    """The parts can't be built: the message says which and why, for people."""


class Shell:
    """Faces under construction in the frame (a, b, c): a and b span the outline's plane, c is the direction of sweeping."""

    def __init__(self):
        self.points, self.faces, self.normals = [], [], []

    def ring(self, points, height):
        first = len(self.points)
        self.points.extend((a, b, height) for a, b in points)
        return range(first, len(self.points))

    def face(self, corners, normals):
        self.faces.append(corners)
        self.normals.extend(normals)

    def flat(self, corners, normal):
        self.face(corners, [normal] * len(corners))


def arc_steps(radius, angle=math.pi / 2):
    """Chords for an arc, never fewer than two."""
    if radius <= TOLERANCE:
        return 2
    return max(2, min(24, math.ceil(angle / (2 * math.acos(1 - TOLERANCE / radius)))))


def rounded(width, height, radius, inset=0.0, steps=None):
    """Counter-clockwise rectangle with its minimum corner at the origin, drawn inwards by `inset`: (points, in-normals, out-normals)."""
    x0, y0, x1, y1 = inset, inset, width - inset, height - inset
    if radius <= 0:
        points = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        out = [(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)]
        return points, [out[-1]] + out[:-1], out
    r = max(radius - inset, 0.02)
    steps = steps or arc_steps(radius)
    points, normals = [], []
    corners = ((x0 + r, y0 + r, 2), (x1 - r, y0 + r, 3), (x1 - r, y1 - r, 0), (x0 + r, y1 - r, 1))
    for cx, cy, quarter in corners:
        for i in range(steps + 1):
            # Quarter turns are looked up, so that straight sides lie exactly on the box.
            c, s = unit(quarter, i, steps)
            points.append((cx + r * c, cy + r * s))
            normals.append((c, s))
    return points, normals, normals


def unit(quarter, i, steps):
    """Cosine and sine of `quarter` right angles plus i/steps of one, exact at both ends."""
    if i == 0:
        c, s = 1.0, 0.0
    elif i == steps:
        c, s = 0.0, 1.0
    else:
        angle = math.pi / 2 * i / steps
        c, s = math.cos(angle), math.sin(angle)
    for _ in range(quarter):
        c, s = -s, c
    return c, s


def circle(diameter, inset=0.0, centre=None, steps=None):
    """Counter-clockwise circle; by default its box has the minimum corner at the origin."""
    radius = diameter / 2
    cx, cy = centre or (radius, radius)
    steps = steps or arc_steps(radius)
    points, normals = [], []
    for quarter in range(4):
        for i in range(steps):
            c, s = unit(quarter, i, steps)
            points.append((cx + (radius - inset) * c, cy + (radius - inset) * s))
            normals.append((c, s))
    return points, normals, normals


def profile_normals(points, closed=True, smooth_below=math.radians(32)):
    """In- and out-normals of a polygon (or open line): shared where the turn is small, apart at real corners."""
    n = len(points)
    segments = []
    for i in range(n if closed else n - 1):
        (ax, ay), (bx, by) = points[i], points[(i + 1) % n]
        dx, dy = bx - ax, by - ay
        length = math.hypot(dx, dy) or 1.0
        segments.append((dy / length, -dx / length))
    into, out = [], []
    for i in range(n):
        before = segments[i - 1] if closed or i > 0 else segments[0]
        after = segments[i] if closed or i < n - 1 else segments[-1]
        dot = max(-1.0, min(1.0, before[0] * after[0] + before[1] * after[1]))
        if math.acos(dot) < smooth_below:
            sx, sy = before[0] + after[0], before[1] + after[1]
            length = math.hypot(sx, sy) or 1.0
            before = after = (sx / length, sy / length)
        into.append(before)
        out.append(after)
    return into, out


def rings_of(length, bevel):
    """(inset, height, tilt) from bottom to top; tilt ±90° means the normal looks along the sweep."""
    if bevel <= 0:
        return [(0.0, 0.0, 0.0), (0.0, length, 0.0)]
    steps = 2 if bevel < 2 else 3
    lower = []
    for i in range(steps + 1):
        c, s = unit(0, i, steps)
        lower.append((bevel * (1 - s), bevel * (1 - c), -math.pi / 2 * (1 - i / steps)))
    return lower + [(d, length - h, -t) for d, h, t in reversed(lower)]


def sweep(shell, outline, rings, inward=False):
    """Walls along `rings` of `outline(inset)`. Returns the first and last ring's corners."""
    made = []
    for inset, height, tilt in rings:
        points, into, out = outline(inset)
        made.append((shell.ring(points, height), into, out, math.cos(tilt), math.sin(tilt)))
    sign = -1.0 if inward else 1.0
    for (low, _, low_out, lc, ls), (high, high_in, _, hc, hs) in zip(made, made[1:]):
        low_in = made[0][1]
        for i in range(len(low)):
            j = (i + 1) % len(low)
            a, b = low_out[i], low_in[j]
            n0, n1 = (sign * a[0] * lc, sign * a[1] * lc, ls), (sign * b[0] * lc, sign * b[1] * lc, ls)
            n2, n3 = (sign * b[0] * hc, sign * b[1] * hc, hs), (sign * a[0] * hc, sign * a[1] * hc, hs)
            if inward:
                shell.face((low[i], high[i], high[j], low[j]), (n0, n3, n2, n1))
            else:
                shell.face((low[i], low[j], high[j], high[i]), (n0, n1, n2, n3))
    return made[0][0], made[-1][0]


def caps(shell, bottom, top, holes=()):
    """Closes both ends; `holes` are pairs of (bottom ring, top ring)."""
    if not holes:
        shell.flat(tuple(reversed(bottom)), (0.0, 0.0, -1.0))
        shell.flat(tuple(top), (0.0, 0.0, 1.0))
        return
    loops = [bottom] + [h[0] for h in holes]
    flat = [shell.points[i][:2] for loop in loops for i in loop]
    back = [i for loop in loops for i in loop]
    up = {b: t for low, high in [(bottom, top), *holes] for b, t in zip(low, high)}
    outlines, at = [], 0
    for loop in loops:
        outlines.append(list(range(at, at + len(loop))))
        at += len(loop)
    found, _, triangles, _, _, _ = delaunay_2d_cdt(flat, [], outlines, 2, 1e-6)
    if len(found) != len(flat):
        raise Refused("its holes touch each other or the edge")
    for triangle in triangles:
        corners = [back[i] for i in triangle]
        shell.flat(tuple(up[i] for i in corners), (0.0, 0.0, 1.0))
        shell.flat(tuple(reversed(corners)), (0.0, 0.0, -1.0))


def prism(shell, width, height, length, radius, bevel):
    """A block with rounded corners in the plane and soft edges along it."""
    radius = min(radius, width / 2, height / 2)
    bevel = min(bevel, length * 0.49, width * 0.49, height * 0.49)
    if radius > 0:
        bevel = min(bevel, radius * 0.95)
    if radius > 0 or bevel <= 0:
        return sweep(shell, lambda d: rounded(width, height, radius, d), rings_of(length, bevel))
    # All twelve edges: upright ones are an outline with that radius.
    return sweep(shell, lambda d: rounded(width, height, bevel, d * 0.95, 2), rings_of(length, bevel))


def plane_size(size, axis):
    others = [i for i in range(3) if i != axis]
    return size[others[0]], size[others[1]], size[axis]


def build_panel(shell, shape, soft):
    axis = "xyz".index(shape["thickness_axis"])
    width, height, thick = plane_size(shape["size"], axis)
    bevel = shape["bevel"] if soft else 0.0
    bottom, top = prism(shell, width, height, thick, shape["corner"], bevel)
    holes, edge = [], max(bevel, 0.0) + 0.05
    for hole in shape["holes"]:
        (cx, cy) = hole["at"]
        half = (hole["diameter"] / 2,) * 2 if hole["kind"] == "round" else (hole["size"][0] / 2, hole["size"][1] / 2)
        if min(half) <= 0:
            raise Refused("a hole has no size")
        if cx - half[0] < edge or cy - half[1] < edge or cx + half[0] > width - edge or cy + half[1] > height - edge:
            raise Refused("a hole reaches over its edge")
        if hole["kind"] == "round":
            made = circle(hole["diameter"], centre=(cx, cy))
        else:
            points, into, out = rounded(half[0] * 2, half[1] * 2, 0.0)
            made = ([(x + cx - half[0], y + cy - half[1]) for x, y in points], into, out)
        holes.append(sweep(shell, lambda _, m=made: m, [(0.0, 0.0, 0.0), (0.0, thick, 0.0)], inward=True))
    caps(shell, bottom, top, holes)
    return axis


def build_box(shell, shape, soft):
    width, height, length = shape["size"]
    small = min(shape["size"])
    caps(shell, *prism(shell, width, height, length, 0.0, min(SOFT, small * 0.12) if soft else 0.0))
    return 2


def build_cylinder(shell, shape, soft):
    diameter, length = shape["diameter"], shape["length"]
    bevel = min(SOFT, diameter * 0.1, length * 0.1) if soft else 0.0
    caps(shell, *sweep(shell, lambda d: circle(diameter, d), rings_of(length, bevel)))
    return "xyz".index(shape["axis"])


def build_tube(shell, shape, soft):
    axis = "xyz".index(shape["axis"])
    width, height, length = plane_size(shape["size"], axis)
    wall, corner = shape["wall"], min(shape["corner"], width / 2, height / 2)
    if wall <= 0 or wall * 2 >= min(width, height):
        caps(shell, *prism(shell, width, height, length, corner, 0.0))
        return axis
    steps = arc_steps(corner) if corner > 0 else None
    straight = [(0.0, 0.0, 0.0), (0.0, length, 0.0)]
    outer = sweep(shell, lambda _: rounded(width, height, corner, 0.0, steps), straight)
    inner = sweep(shell, lambda _: rounded(width, height, corner, wall, steps), straight, inward=True)
    for side, normal in ((0, (0.0, 0.0, -1.0)), (1, (0.0, 0.0, 1.0))):
        out, into = outer[side], inner[side]
        for i in range(len(out)):
            j = (i + 1) % len(out)
            corners = (out[i], out[j], into[j], into[i])
            shell.flat(corners if side else tuple(reversed(corners)), normal)
    return axis


def build_extrusion(shell, shape, soft):
    points = [tuple(p) for p in shape["outline"]]
    if len(points) > 1 and points[0] == points[-1]:
        points.pop()
    if len(points) < 3:
        raise Refused("its outline has fewer than three corners")
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:] + points[:1]))
    if abs(area) < 1e-6:
        raise Refused("its outline has no area")
    if area < 0:
        points.reverse()
    into, out = profile_normals(points)
    straight = [(0.0, 0.0, 0.0), (0.0, shape["length"], 0.0)]
    caps(shell, *sweep(shell, lambda _: (points, into, out), straight))
    return "xyz".index(shape["axis"])


def build_revolve(shell, shape, soft):
    profile = [(max(r, 0.0), z) for r, z in shape["profile"]]
    widest = max((r for r, _ in profile), default=0.0)
    if len(profile) < 2 or widest <= 0:
        raise Refused("its profile has no extent")
    # Outwards is to the right of a profile that runs from bottom to top.
    into, out = profile_normals(profile, closed=False)
    steps = max(arc_steps(widest), 6)
    turn = [unit(q, i, steps) for q in range(4) for i in range(steps)]
    rings = [None if r < 1e-6 else shell.ring([(widest + r * c, widest + r * s) for c, s in turn], z) for r, z in profile]
    tips = {}
    for k, ((r, z), ring) in enumerate(zip(profile, rings)):
        if ring is None:
            tips[k] = len(shell.points)
            shell.points.append((widest, widest, z))
    for k in range(len(profile) - 1):
        low, high, a, b = rings[k], rings[k + 1], out[k], into[k + 1]
        for i, (c, s) in enumerate(turn):
            j = (i + 1) % len(turn)
            cj, sj = turn[j]
            n0, n1 = (a[0] * c, a[0] * s, a[1]), (a[0] * cj, a[0] * sj, a[1])
            n2, n3 = (b[0] * cj, b[0] * sj, b[1]), (b[0] * c, b[0] * s, b[1])
            if low is None and high is None:
                continue
            if low is None:
                shell.face((tips[k], high[j], high[i]), (n0, n2, n3))
            elif high is None:
                shell.face((low[i], low[j], tips[k + 1]), (n0, n1, n2))
            else:
                shell.face((low[i], low[j], high[j], high[i]), (n0, n1, n2, n3))
    # An open profile is closed by discs, so that the part is solid.
    if rings[0] is not None and profile[0][0] > 0:
        shell.flat(tuple(reversed(rings[0])), (0.0, 0.0, -1.0))
    if rings[-1] is not None and profile[-1][0] > 0:
        shell.flat(tuple(rings[-1]), (0.0, 0.0, 1.0))
    return 2


def build_loft(shell, shape, soft):
    ends = []
    for (x, y, w, d), height in ((shape["bottom"], 0.0), (shape["top"], shape["height"])):
        if w <= 0 or d <= 0:
            raise Refused("one of its ends has no area")
        ends.append(shell.ring([(x, y), (x + w, y), (x + w, y + d), (x, y + d)], height))
    bottom, top = ends
    for i in range(4):
        j = (i + 1) % 4
        corners = (bottom[i], bottom[j], top[j], top[i])
        a, b, c, d = (numpy.array(shell.points[k]) for k in corners)
        normal = numpy.cross(b - a + c - d, d - a + c - b)
        shell.flat(corners, tuple(float(x) for x in normal / numpy.linalg.norm(normal)))
    caps(shell, bottom, top)
    return 2


BUILDERS = {
    "loft": build_loft,
    "box": build_box,
    "panel": build_panel,
    "cylinder": build_cylinder,
    "tube": build_tube,
    "extrusion": build_extrusion,
    "revolve": build_revolve,
}


def to_part_frame(points, axis):
    """From (a, b, c) to (x, y, z); True when the turn mirrors, so that faces must be wound the other way round."""
    if axis == 2:
        return points, False
    if axis == 0:
        return points[:, [2, 0, 1]], False
    return points[:, [0, 2, 1]], True


def texture_coordinates(corners, directions, size, grain, seed):
    """Metres of material, u along the grain, each part shifted to a place of its own so that neighbours don't repeat one another."""
    along = "xyz".index(grain) if grain in ("x", "y", "z") else int(numpy.argmax(size))
    facing = numpy.argmax(numpy.abs(directions), axis=1)
    uv = numpy.empty((len(corners), 2))
    for axis in range(3):
        rows = facing == axis
        others = [i for i in range(3) if i != axis]
        u, v = (others[0], others[1]) if along not in others else (along, others[0] if others[1] == along else others[1])
        uv[rows, 0] = corners[rows, u]
        # Faces beside each other continue one another instead of starting again at the same line.
        uv[rows, 1] = corners[rows, v] + size[axis] * (0.0 if axis == 2 else 1.37)
    uv *= MM
    uv[:, 0] += (seed % 997) / 997 * 2.4
    uv[:, 1] += (seed // 997 % 991) / 991 * 0.8
    return uv


def given_mesh(part, tile, raw):
    """The mesh that came with the request (cushions): corners that lie together are one, so that the surface is closed."""
    numbers = {key: numpy.frombuffer(base64.b64decode(raw[key]), dtype=kind) for key, kind in (("positions", "<f4"), ("normals", "<f4"), ("uvs", "<f4"), ("triangles", "<u4"))}
    corners = numbers["triangles"].astype(numpy.int64)
    points, where = numpy.unique(numbers["positions"].reshape(-1, 3), axis=0, return_inverse=True)
    flat = where.reshape(-1)[corners].astype(numpy.int32)
    mesh = bpy.data.meshes.new(part["id"])
    mesh.vertices.add(len(points))
    mesh.vertices.foreach_set("co", (points * MM).astype(numpy.float32).ravel())
    mesh.loops.add(len(flat))
    mesh.loops.foreach_set("vertex_index", flat)
    mesh.polygons.add(len(flat) // 3)
    mesh.polygons.foreach_set("loop_start", numpy.arange(0, len(flat), 3, dtype=numpy.int32))
    mesh.polygons.foreach_set("use_smooth", numpy.ones(len(flat) // 3, dtype=bool))
    if tile is not None:
        layer = mesh.uv_layers.new(name="UVMap", do_init=False)
        layer.uv.foreach_set("vector", (numbers["uvs"].reshape(-1, 2)[corners] / numpy.array(tile)).astype(numpy.float32).ravel())
    mesh.update(calc_edges=True)
    mesh.normals_split_custom_set(numbers["normals"].reshape(-1, 3)[corners].tolist())
    return mesh


def build_mesh(part, tile, soft=True, raw=None):
    """A finished mesh of one part in metres. `tile` is the material's picture size in metres (u, v), `None` without one; `raw` a mesh that is
    taken as it is."""
    if raw is not None:
        return given_mesh(part, tile, raw)
    shape = part["shape"]
    builder = BUILDERS.get(shape["kind"])
    if builder is None:
        raise Refused(f"Part “{part['id']}”: the shape “{shape['kind']}” is not known.")
    if any(not math.isfinite(s) or s <= 0 for s in part["size_mm"]):
        raise Refused(f"Part “{part['id']}” has no extent: {part['size_mm']} mm.")
    shell = Shell()
    try:
        axis = builder(shell, shape, soft)
    except Refused as reason:
        raise Refused(f"Part “{part['id']}”: {reason}.") from None

    points, mirrored = to_part_frame(numpy.array(shell.points, dtype=numpy.float64), axis)
    normals, _ = to_part_frame(numpy.array(shell.normals, dtype=numpy.float64), axis)
    faces = shell.faces
    if mirrored:
        # Turn each face round, and its corner normals with it.
        starts = numpy.cumsum([0] + [len(f) for f in faces[:-1]])
        order = numpy.concatenate([numpy.arange(s + len(f) - 1, s - 1, -1) for s, f in zip(starts, faces)])
        faces = [tuple(reversed(f)) for f in faces]
        normals = normals[order]

    mesh = bpy.data.meshes.new(part["id"])
    totals = numpy.array([len(f) for f in faces], dtype=numpy.int32)
    flat = numpy.array([i for f in faces for i in f], dtype=numpy.int32)
    mesh.vertices.add(len(points))
    mesh.vertices.foreach_set("co", (points * MM).astype(numpy.float32).ravel())
    mesh.loops.add(len(flat))
    mesh.loops.foreach_set("vertex_index", flat)
    mesh.polygons.add(len(faces))
    mesh.polygons.foreach_set("loop_start", (numpy.cumsum(totals) - totals).astype(numpy.int32))
    mesh.polygons.foreach_set("use_smooth", numpy.ones(len(faces), dtype=bool))

    # One direction per face, so that a whole face is projected from one side.
    starts = numpy.cumsum(totals) - totals
    mean = numpy.add.reduceat(normals, starts, axis=0)
    directions = numpy.repeat(mean, totals, axis=0)
    if tile is not None:
        lay_texture(mesh, part, points[flat], directions, tile)
    mesh.update(calc_edges=True)
    mesh.normals_split_custom_set(normals.tolist())
    return mesh


def lay_texture(mesh, part, corners, directions, tile):
    uv = texture_coordinates(corners, directions, part["size_mm"], part.get("grain"), zlib.crc32(part["id"].encode()))
    layer = mesh.uv_layers.new(name="UVMap", do_init=False)
    layer.uv.foreach_set("vector", (uv / numpy.array(tile)).astype(numpy.float32).ravel())


def bounds(objects):
    """Smallest and largest corner over all objects, millimetres in product space."""
    low, high = numpy.full(3, numpy.inf), numpy.full(3, -numpy.inf)
    for made in objects:
        count = len(made.data.vertices)
        points = numpy.empty(count * 3, dtype=numpy.float32)
        made.data.vertices.foreach_get("co", points)
        matrix = numpy.array(made.matrix_basis)
        placed = points.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]
        low, high = numpy.minimum(low, placed.min(axis=0)), numpy.maximum(high, placed.max(axis=0))
    return low / MM, high / MM
