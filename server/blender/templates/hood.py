"""Makes `hood.blend`: a baffle grease filter and a spotlight for the Plume range hood. Run: python server/blender/templates/hood.py (with bpy).

Objects lie with their minimum corner near the origin, in metres; the worker fits them into the box of their part.
"""

import math
import os
import sys

import bpy

HERE = os.path.dirname(os.path.abspath(__file__))


def mesh_object(name, points, faces, smooth=False):
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(points, [], faces)
    mesh.polygons.foreach_set("use_smooth", [smooth] * len(mesh.polygons))
    mesh.update()
    made = bpy.data.objects.new(name, mesh)
    made.use_fake_user = True
    bpy.context.scene.collection.objects.link(made)
    return made


def rod(points, radius, sides=8):
    """A bent rod along `points` in the plane z = const: rings square to the way."""
    corners, faces = [], []
    for i, (x, y, z) in enumerate(points):
        ax, ay = points[max(i - 1, 0)][:2]
        bx, by = points[min(i + 1, len(points) - 1)][:2]
        length = math.hypot(bx - ax, by - ay) or 1.0
        nx, ny = -(by - ay) / length, (bx - ax) / length
        for k in range(sides):
            a = 2 * math.pi * k / sides
            corners.append((x + nx * radius * math.cos(a), y + ny * radius * math.cos(a), z + radius * math.sin(a)))
    for i in range(len(points) - 1):
        for k in range(sides):
            n = (k + 1) % sides
            faces.append((i * sides + k, i * sides + n, (i + 1) * sides + n, (i + 1) * sides + k))
    faces.append(tuple(reversed(range(sides))))
    last = (len(points) - 1) * sides
    faces.append(tuple(range(last, last + sides)))
    return corners, faces


class Nodes:
    """A geometry node tree under construction."""

    def __init__(self, name):
        self.tree = bpy.data.node_groups.new(name, "GeometryNodeTree")
        self.tree.is_modifier = True
        self.tree.interface.new_socket("Geometry", in_out="INPUT", socket_type="NodeSocketGeometry")
        self.names = {}

    def length(self, name, default):
        socket = self.tree.interface.new_socket(name, in_out="INPUT", socket_type="NodeSocketFloat")
        socket.subtype, socket.default_value, socket.min_value = "DISTANCE", default, 0.0005

    def begin(self):
        self.tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
        self.input = self.tree.nodes.new("NodeGroupInput")
        self.output = self.tree.nodes.new("NodeGroupOutput")

    def get(self, name):
        return self.input.outputs[name]

    def join(self, a, b):
        self.tree.links.new(a, b)

    def math(self, operation, a, b):
        node = self.tree.nodes.new("ShaderNodeMath")
        node.operation = operation
        for socket, value in zip(node.inputs, (a, b)):
            if isinstance(value, (int, float)):
                socket.default_value = value
            else:
                self.join(value, socket)
        return node.outputs[0]

    def vector(self, *parts):
        node = self.tree.nodes.new("ShaderNodeCombineXYZ")
        for socket, value in zip(node.inputs, parts):
            if isinstance(value, (int, float)):
                socket.default_value = value
            else:
                self.join(value, socket)
        return node.outputs[0]

    def box(self, size, centre, rotation=None):
        cube, move = self.tree.nodes.new("GeometryNodeMeshCube"), self.tree.nodes.new("GeometryNodeTransform")
        self.join(size, cube.inputs["Size"])
        self.join(cube.outputs["Mesh"], move.inputs["Geometry"])
        self.join(centre, move.inputs["Translation"])
        if rotation is not None:
            self.join(rotation, move.inputs["Rotation"])
        return move.outputs["Geometry"]


def baffle_filter():
    """A frame with slanted baffles between; its handle, a shape key, is the mesh that the nodes build around."""
    half, reach, radius = 0.022, 0.011, 0.0012
    bow = [(-half, 0.0)] + [(-half * math.cos(a), reach * math.sin(a)) for a in (math.pi * i / 12 for i in range(13))] + [(half, 0.0)]
    points, faces = rod([(0.075 + x, 0.02 + y, 0.0028) for x, y in bow], radius)
    made = mesh_object("Baffle filter", points, faces, smooth=True)
    made.shape_key_add(name="Basis", from_mix=False)
    lowered = made.shape_key_add(name="Handle lowered", from_mix=False)
    for corner, (x, y, z) in zip(lowered.data, points):
        rise = max(0.0, y - 0.02) / reach
        corner.co = (x, y - rise * 0.004, z - rise * 0.0012)

    n = Nodes("Baffle filter")
    for name, default in (("Width", 0.27), ("Depth", 0.33), ("Thickness", 0.008), ("Pitch", 0.016), ("Rim", 0.009)):
        n.length(name, default)
    n.begin()
    width, depth, thick, pitch, rim = (n.get(name) for name in ("Width", "Depth", "Thickness", "Pitch", "Rim"))
    half_width, half_depth, half_thick, half_rim = (n.math("MULTIPLY", v, 0.5) for v in (width, depth, thick, rim))
    inner = n.math("SUBTRACT", depth, n.math("MULTIPLY", rim, 2.0))
    joined = n.tree.nodes.new("GeometryNodeJoinGeometry")
    # Two long and two short sides of the frame.
    for y in (half_rim, n.math("SUBTRACT", depth, half_rim)):
        n.join(n.box(n.vector(width, rim, thick), n.vector(half_width, y, half_thick)), joined.inputs["Geometry"])
    for x in (half_rim, n.math("SUBTRACT", width, half_rim)):
        n.join(n.box(n.vector(rim, inner, thick), n.vector(x, half_depth, half_thick)), joined.inputs["Geometry"])
    # Baffles: as many as fit at this pitch, spread evenly, each leaning.
    room = n.math("SUBTRACT", width, n.math("MULTIPLY", rim, 2.0))
    count = n.math("MAXIMUM", n.math("FLOOR", n.math("DIVIDE", room, pitch), 0.0), 1.0)
    step = n.math("DIVIDE", room, count)
    line = n.tree.nodes.new("GeometryNodeMeshLine")
    n.join(count, line.inputs["Count"])
    n.join(n.vector(n.math("ADD", rim, n.math("MULTIPLY", step, 0.5)), half_depth, half_thick), line.inputs["Start Location"])
    n.join(n.vector(step, 0.0, 0.0), line.inputs["Offset"])
    baffle = n.box(n.vector(n.math("MULTIPLY", step, 0.92), inner, 0.0009), n.vector(0.0, 0.0, 0.0), n.vector(0.0, 0.34, 0.0))
    place, real = n.tree.nodes.new("GeometryNodeInstanceOnPoints"), n.tree.nodes.new("GeometryNodeRealizeInstances")
    n.join(line.outputs["Mesh"], place.inputs["Points"])
    n.join(baffle, place.inputs["Instance"])
    n.join(place.outputs["Instances"], real.inputs["Geometry"])
    n.join(real.outputs["Geometry"], joined.inputs["Geometry"])
    n.join(n.get("Geometry"), joined.inputs["Geometry"])
    n.join(joined.outputs["Geometry"], n.output.inputs["Geometry"])
    modifier = made.modifiers.new("Baffles", "NODES")
    modifier.node_group = n.tree


def spotlight(sides=48):
    """A ring with a lens in it that looks down; shape keys sink the lens and make it wider."""
    # (radius, depth) from the rim at the ceiling over the ring into the lens.
    profile = [(0.028, 0.0), (0.028, 0.0046), (0.0268, 0.0058), (0.0250, 0.006), (0.0222, 0.0052), (0.0214, 0.0040), (0.0206, 0.0036), (0.012, 0.0042), (0.0, 0.0044)]
    first_of_lens = 4
    rings, points, faces = [], [], []
    for radius, z in profile:
        if radius == 0.0:
            rings.append([len(points)])
            points.append((0.0, 0.0, -z))
        else:
            rings.append(range(len(points), len(points) + sides))
            points.extend((radius * math.cos(2 * math.pi * k / sides), radius * math.sin(2 * math.pi * k / sides), -z) for k in range(sides))
    for lower, upper in zip(rings, rings[1:]):
        for k in range(sides):
            n = (k + 1) % sides
            faces.append((lower[n], lower[k], upper[0]) if len(upper) == 1 else (lower[n], lower[k], upper[k], upper[n]))
    faces.append(tuple(rings[0]))
    made = mesh_object("Spotlight", points, faces, smooth=True)
    lens = {i for ring in rings[first_of_lens:] for i in ring}
    made.shape_key_add(name="Basis", from_mix=False)
    recessed = made.shape_key_add(name="Recessed", from_mix=False)
    wide = made.shape_key_add(name="Wide", from_mix=False)
    for i, (x, y, z) in enumerate(points):
        if i in lens:
            recessed.data[i].co = (x, y, z + 0.0026)
            wide.data[i].co = (x * 1.1, y * 1.1, z)


def main():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    baffle_filter()
    spotlight()
    bpy.context.view_layer.update()
    path = os.path.join(sys.argv[-1] if os.path.isdir(sys.argv[-1]) else HERE, "hood.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path, compress=True, copy=True)
    print(path, os.path.getsize(path), "bytes")


main()
