"""The path tracer's part of the fidelity bench, in the Python that has `bpy`:

    tracer.py turn LIGHT.exr TURNED.exr TURNED.hdr      a quarter turn: where Blender's and three.js's panoramas begin
    tracer.py render MODEL.glb TURNED.exr OUT.exr JSON  width, height, camera (eye, target in mm, tangent of half the height), samples
    tracer.py raw IN.exr OUT.f32                        its pixels, RGBA, rows from below
    tracer.py colours MODEL.glb MODEL.usdz              mean base colour, linear, of each material in both: prints JSON
"""

import json
import math
import sys

import bpy
import numpy
from mathutils import Vector


def load(path):
    image = bpy.data.images.load(path)
    image.colorspace_settings.name = "Non-Color"
    image.alpha_mode = "CHANNEL_PACKED"
    width, height = image.size
    values = numpy.empty(width * height * 4, dtype=numpy.float32)
    image.pixels.foreach_get(values)
    return values.reshape(height, width, 4)


def turn(light, exr, hdr):
    values = load(light)
    values = numpy.ascontiguousarray(numpy.roll(values, values.shape[1] // 4, axis=1))
    for path, kind in ((exr, "OPEN_EXR"), (hdr, "HDR")):
        image = bpy.data.images.new("turned", values.shape[1], values.shape[0], float_buffer=True)
        # In any other space values are coded as they are saved.
        image.colorspace_settings.name = "Non-Color"
        image.pixels.foreach_set(values.ravel())
        image.file_format = kind
        image.save(filepath=path)
        given, kept = values[..., :3], load(path)[..., :3]
        # HDR shares an exponent among the channels of a texel.
        if (abs(kept - given) > 0.01 * given.max(axis=-1, keepdims=True) + 1e-3).any():
            raise SystemExit(f"{path} is not the light that was given: at most {kept.max()} instead of {given.max()}")


def render(model, light, out, asked):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=model)
    scene = bpy.context.scene
    world = bpy.data.worlds.new("light")
    world.use_nodes = True
    image = world.node_tree.nodes.new("ShaderNodeTexEnvironment")
    image.image = bpy.data.images.load(light)
    image.image.colorspace_settings.name = "Linear Rec.709"
    world.node_tree.links.new(image.outputs["Color"], world.node_tree.nodes["Background"].inputs["Color"])
    scene.world = world
    eye, target = (Vector(v / 1000 for v in asked["camera"][k : k + 3]) for k in (0, 3))
    data = bpy.data.cameras.new("camera")
    data.sensor_fit, data.angle = "VERTICAL", 2 * math.atan(asked["camera"][6])
    data.clip_start, data.clip_end = 0.01, 100
    camera = bpy.data.objects.new("camera", data)
    camera.location = eye
    camera.rotation_euler = (target - eye).to_track_quat("-Z", "Y").to_euler()
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.render.engine, scene.render.film_transparent = "CYCLES", True
    scene.render.resolution_x, scene.render.resolution_y = asked["width"], asked["height"]
    cycles = scene.cycles
    cycles.device, cycles.seed, cycles.samples, cycles.use_adaptive_sampling = "CPU", 1, asked["samples"], False
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 8, 4, 4
    cycles.filter_width = 1.0
    scene.view_settings.view_transform = "Raw"
    settings = scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth = "OPEN_EXR", "RGBA", "32"
    scene.render.filepath = out
    bpy.ops.render.render(write_still=True)


def base_colours(path):
    """Material → mean of its base colour, linear."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    if path.endswith(".glb"):
        bpy.ops.import_scene.gltf(filepath=path)
    else:
        bpy.ops.wm.usd_import(filepath=path)
    found = {}
    for material in bpy.data.materials:
        shader = next((n for n in material.node_tree.nodes if n.type == "BSDF_PRINCIPLED"), None) if material.node_tree else None
        if not shader or not material.users:
            continue
        socket = shader.inputs["Base Color"]
        factor, picture = numpy.ones(3), None
        while socket.is_linked and picture is None:
            node = socket.links[0].from_node
            if node.type == "TEX_IMAGE":
                picture = node.image
                break
            # A factor and a picture, multiplied.
            colours = [i for i in node.inputs if i.type == "RGBA"]
            plain = [i for i in colours if not i.is_linked]
            linked = [i for i in colours if i.is_linked]
            if not linked:
                break
            for one in plain:
                factor = factor * numpy.array(one.default_value[:3])
            socket = linked[0]
        if picture is None:
            found[material.name] = list(socket.default_value[:3])
            continue
        width, height = picture.size
        values = numpy.empty(width * height * 4, dtype=numpy.float32)
        picture.colorspace_settings.name = "Non-Color"
        picture.pixels.foreach_get(values)
        coded = values.reshape(-1, 4)[:, :3].astype(numpy.float64)
        linear = numpy.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
        found[material.name] = (linear.mean(axis=0) * factor).tolist()
    return found


if sys.argv[1] == "turn":
    turn(*sys.argv[2:])
elif sys.argv[1] == "render":
    render(*sys.argv[2:5], json.loads(sys.argv[5]))
elif sys.argv[1] == "colours":
    print("\n" + json.dumps([base_colours(path) for path in sys.argv[2:4]]))
else:
    load(sys.argv[2]).tofile(sys.argv[3])
