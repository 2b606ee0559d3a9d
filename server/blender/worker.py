"""Fitout's Blender worker: stays warm, reads one request per line, answers in lines of JSON.

Runs as `python worker.py` (Blender as a Python module) or `blender -b --factory-startup --python worker.py`. It receives evaluated parts
in millimetres, never formulas and never code. See `server/blender/README.md` for the messages.
"""

import json
import os
import select
import sys
import time
import traceback

# What Blender and its exporters print must not mix with the answers: they get the error stream, the answers keep the old output.
ANSWERS = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
os.dup2(2, 1)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True


def tell(kind, /, **values):
    ANSWERS.write(json.dumps({"type": kind, **values}, ensure_ascii=False, separators=(",", ":")) + "\n")
    ANSWERS.flush()


try:
    import bpy
except ImportError as missing:
    tell("error", kind="missing", message=str(missing))
    sys.exit(3)

import numpy

import export
import film
import geometry
import materials
import picture
import template


class Progress:
    """Passes on what happens now, but not more often than people can read."""

    def __init__(self):
        self.last = 0.0

    def __call__(self, percent, step, always=True):
        now = time.monotonic()
        if always or now - self.last > 0.1:
            self.last = now
            tell("progress", percent=int(percent), step=step)


def clear():
    """Forgets the last job. Textures stay: they depend on nothing but their name and colour."""
    data = bpy.data
    for group in (data.objects, data.meshes, data.materials, data.cameras, data.lights, data.node_groups, data.libraries):
        if len(group):
            data.batch_remove(list(group))
    data.batch_remove([i for i in data.images if not i.use_fake_user and i.type == "IMAGE"])


def place(made, part, parent=None):
    made.location = [v * geometry.MM for v in part["at_mm"]]
    made.rotation_mode = "XYZ"
    made.rotation_euler = (0.0, 0.0, numpy.radians(part["rotation_deg"]))
    made.parent = parent


def build(request, scene, scratch, progress, share):
    """All parts as objects below a root; progress runs up to `share` per cent."""
    parts = request["parts"]["parts"]
    if not parts:
        raise geometry.Refused("There is no part to build.")
    surfaces, made = {}, []
    for number, part in enumerate(parts, start=1):
        progress(2 + (share - 2) * number / len(parts), f"Building parts, {number} of {len(parts)}", number == 1)
        name = part["material"]
        source = request["materials"].get(name)
        if source is None:
            raise geometry.Refused(f"Part “{part['id']}” uses the material “{name}”, which the product does not have.")
        if name not in surfaces:
            surfaces[name] = materials.make(name, source, scratch)
        if part.get("template"):
            mesh = template.build_mesh(part, materials.tile_of(source), scene)
        else:
            mesh = geometry.build_mesh(part, materials.tile_of(source), raw=request.get("meshes", {}).get(part["id"]))
        mesh.materials.append(surfaces[name])
        item = bpy.data.objects.new(part["id"], mesh)
        if item.name != part["id"]:
            raise geometry.Refused(f"Two parts are called “{part['id']}”, or its name is too long.")
        item["part"], item["name"], item["sku"] = part["id"], part["name"], part["sku"]
        made.append(item)
    root = bpy.data.objects.new(request["name"][:60] or "Product", None)
    scene.collection.objects.link(root)
    for item, part in zip(made, parts):
        place(item, part, root)
        scene.collection.objects.link(item)
    return made, root


def corners_of(objects):
    found = []
    for made in objects:
        points = numpy.empty(len(made.data.vertices) * 3, dtype=numpy.float32)
        made.data.vertices.foreach_get("co", points)
        matrix = numpy.array(made.matrix_basis)
        found.append(points.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3])
    return numpy.concatenate(found).astype(numpy.float64)


def crisp_copies(request, scene):
    """The parts again with sharp edges, for the drawing."""
    made = []
    for part in request["parts"]["parts"]:
        mesh = geometry.build_mesh(part, None, soft=False, raw=request.get("meshes", {}).get(part["id"]))
        item = bpy.data.objects.new("crisp", mesh)
        place(item, part)
        scene.collection.objects.link(item)
        made.append(item)
    return made


def run(request):
    started = time.monotonic()
    scratch = request["scratch"]
    artefacts = set(request["artefacts"])
    progress, files = Progress(), {}
    scene = bpy.context.scene
    clear()
    pictures = artefacts & {"still", "turntable"}
    made, root = build(request, scene, scratch, progress, 4 if "turntable" in pictures else 20 if pictures else 45)
    bpy.context.view_layer.update()
    low, high = geometry.bounds(made)
    if "glb" in artefacts:
        progress(25 if pictures else 50, "Writing GLB")
        files["glb"] = os.path.join(scratch, "model.glb")
        export.glb(files["glb"])
    if "usdz" in artefacts:
        progress(30 if pictures else 80, "Writing USDZ")
        files["usdz"] = os.path.join(scratch, "model.usdz")
        export.usdz(files["usdz"])
    if "still" in artefacts:
        files["solid"], files["drawing"] = os.path.join(scratch, "solid.webp"), os.path.join(scratch, "drawing.webp")
        picture.still(
            scene, crisp_copies(request, scene), made, corners_of(made), low * geometry.MM, high * geometry.MM,
            files["solid"], files["drawing"], scratch,
            lambda percent, step: progress(30 + percent * 0.7, step),
        )
    if "turntable" in artefacts:
        files["turntable"] = os.path.join(scratch, "turntable.mp4")
        film.turntable(
            scene, made, root, corners_of(made), low * geometry.MM, high * geometry.MM, files["turntable"], scratch,
            lambda percent, step: progress(4 + percent * 0.96, step),
        )
    tell("done", files=files, bounding_box_mm=[round(float(v), 2) for v in high - low], run_ms=round((time.monotonic() - started) * 1000))


def main():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.preferences.edit.use_global_undo = False
    tell("hello", version=bpy.app.version_string, pid=os.getpid())
    # Patterns take a fifth of a second each: draw them while nobody waits.
    for name in materials.TEXTURES:
        if select.select([0], [], [], 0)[0]:
            break
        materials.pattern(name)
    for line in sys.stdin.buffer:
        try:
            run(json.loads(line))
        except geometry.Refused as reason:
            tell("error", kind="refused", message=str(reason))
        except Exception as fault:
            traceback.print_exc()
            tell("error", kind="internal", message=f"{type(fault).__name__}: {fault}")


main()
