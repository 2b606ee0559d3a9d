"""Two pictures from one camera: a soft-lit still and a line drawing of the same frame."""

import math
import os

import bpy
import numpy
from mathutils import Euler, Vector

WIDTH, HEIGHT = 1120, 840
LENS, SENSOR = 60.0, 36.0
# The object fills at most this share of the frame.
SHARE = (0.80, 0.74)
SAMPLES = 10
# The drawing is made this much larger and shrunk: that smooths its lines.
FINER = 2
INK = (0.112, 0.132, 0.128)
# The shadow is rendered this much smaller.
SHADOW = 4
SHADOW_STRENGTH = 0.62
SHADE = (0.12, 0.115, 0.11)


def camera_rotation():
    """From the front upper left, 30° to the side, looking down by 19°."""
    return Euler((math.radians(90 - 19), 0.0, math.radians(-30)), "XYZ")


def place_camera(scene, points):
    """Puts the camera where `points` (metres) just fill their share of the frame, in its middle."""
    data = bpy.data.cameras.new("camera")
    data.lens, data.sensor_width, data.sensor_fit = LENS, SENSOR, "HORIZONTAL"
    camera = bpy.data.objects.new("camera", data)
    camera.rotation_euler = camera_rotation()
    turn = numpy.array(camera.rotation_euler.to_matrix())
    seen = points @ turn  # camera axes: x right, y up, z towards the eye
    half = numpy.array([SENSOR / 2 / LENS, SENSOR / 2 / LENS * HEIGHT / WIDTH]) * numpy.array(SHARE)
    place, depth = numpy.zeros(2), -numpy.inf
    for k in range(2):
        # A point is inside when |p_k − e_k| ≤ (e_z − p_z)·half: two half planes, which meet where the eye may come closest.
        high = (seen[:, k] + seen[:, 2] * half[k]).max()
        low = (-seen[:, k] + seen[:, 2] * half[k]).max()
        place[k], depth = (high - low) / 2, max(depth, (high + low) / 2 / half[k])
    for _ in range(12):
        # The nearer limit decides the distance; the other direction is then centred by what is really seen.
        flat = (seen[:, :2] - place) / (depth - seen[:, 2:3])
        middle = (flat.max(axis=0) + flat.min(axis=0)) / 2
        place += middle * (depth - seen[:, 2].mean())
    camera.location = Vector(turn @ numpy.array([place[0], place[1], depth]))
    far = depth - seen[:, 2].min()
    data.clip_start, data.clip_end = max(0.01, (depth - seen[:, 2].max()) * 0.5), far * 8
    scene.collection.objects.link(camera)
    scene.camera = camera
    return camera


def orbit(points, middle, steps=24):
    """The places of `points` during one turn about the upright line through `middle`: what a camera must never lose."""
    angles = numpy.linspace(0.0, 2 * math.pi, steps, endpoint=False)
    reach = numpy.hypot(points[:, 0] - middle[0], points[:, 1] - middle[1]).max()
    ring = numpy.stack([middle[0] + reach * numpy.cos(angles), middle[1] + reach * numpy.sin(angles)], axis=1)
    heights = (points[:, 2].min(), points[:, 2].max())
    return numpy.concatenate([numpy.column_stack([ring, numpy.full(steps, z)]) for z in heights])


def area_light(scene, name, at, target, size, power, colour=(1.0, 1.0, 1.0)):
    data = bpy.data.lights.new(name, "AREA")
    data.shape, data.size, data.size_y = "RECTANGLE", size[0], size[1]
    data.energy, data.color = power, colour
    light = bpy.data.objects.new(name, data)
    light.location = at
    light.rotation_euler = (Vector(target) - Vector(at)).to_track_quat("-Z", "Y").to_euler()
    light.visible_camera = False
    scene.collection.objects.link(light)


def light_scene(scene, low, high):
    """A large soft window from the upper left, a rim from behind, an even surround; sizes follow the object so that shadows look alike."""
    middle = (low + high) / 2
    reach = float(max(numpy.linalg.norm(high - low), 0.2))
    power = reach * reach

    def at(x, y, z):
        return tuple(middle + numpy.array([x, y, z]) * reach)

    area_light(scene, "window", at(-1.2, -0.75, 1.75), tuple(middle), (reach * 1.5, reach * 1.5), power * 40, (1.0, 0.98, 0.95))
    area_light(scene, "rim", at(1.5, 1.1, 0.8), tuple(middle), (reach * 0.8, reach * 1.4), power * 11, (0.96, 0.98, 1.0))
    world = bpy.data.worlds.get("surround") or bpy.data.worlds.new("surround")
    world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (1.0, 0.995, 0.985, 1.0)
    background.inputs["Strength"].default_value = 0.42
    scene.world = world


def add_floor(scene, low, high):
    """A pale floor that only gives back light and, as a catcher, shows its shadow."""
    reach = float(max(high[0] - low[0], high[1] - low[1], high[2] - low[2])) * 6
    cx, cy, z = float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2, float(low[2]) - 0.0005
    mesh = bpy.data.meshes.new("floor")
    mesh.from_pydata([(cx + sx * reach, cy + sy * reach, z) for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))], [], [(0, 1, 2, 3)])
    floor = bpy.data.objects.new("floor", mesh)
    scene.collection.objects.link(floor)
    return floor


def common(scene):
    scene.render.engine = "CYCLES"
    scene.render.film_transparent = True
    scene.render.resolution_percentage = 100
    scene.render.use_file_extension = False
    scene.render.use_persistent_data = False
    scene.render.threads_mode = "AUTO"
    scene.render.dither_intensity = 0.0
    scene.view_settings.view_transform, scene.view_settings.look = "Standard", "None"
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.seed = 1
    cycles.use_auto_tile = False
    cycles.use_light_tree = False
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 2, 1, 2
    cycles.transmission_bounces = cycles.transparent_max_bounces = 2
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.denoiser, cycles.denoising_use_gpu = "OPENIMAGEDENOISE", False
    cycles.denoising_prefilter, cycles.denoising_quality = "FAST", "BALANCED"
    cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
    cycles.pixel_filter_type, cycles.filter_width = "BLACKMAN_HARRIS", 1.5


def render_to(scene, scratch, width, height, samples):
    """Renders what is visible and returns it as it is to be shown: (rows from below, columns, RGBA), straight alpha."""
    scene.render.resolution_x, scene.render.resolution_y = width, height
    cycles = scene.cycles
    cycles.samples, cycles.use_adaptive_sampling, cycles.use_denoising = samples, False, True
    settings = scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth, settings.compression = "PNG", "RGBA", "8", 0
    path = os.path.join(scratch, "frame.png")
    scene.render.filepath = path
    bpy.ops.render.render(write_still=True)
    values = load_pixels(path, width, height)
    os.remove(path)
    return values


def load_pixels(path, width, height):
    image = bpy.data.images.load(path)
    image.colorspace_settings.name = "Non-Color"
    image.alpha_mode = "CHANNEL_PACKED"
    values = numpy.empty(width * height * 4, dtype=numpy.float32)
    image.pixels.foreach_get(values)
    bpy.data.images.remove(image)
    return values.reshape(height, width, 4)


def enlarge(values, factor):
    """Smooth enlargement of one channel."""
    for axis in (0, 1):
        size = values.shape[axis]
        place = (numpy.arange(size * factor) + 0.5) / factor - 0.5
        first = numpy.floor(place).astype(int)
        t = (place - first).astype(numpy.float32)
        # Cubic B-spline: soft, without ringing.
        weights = ((1 - t) ** 3 / 6, (3 * t**3 - 6 * t**2 + 4) / 6, (-3 * t**3 + 3 * t**2 + 3 * t + 1) / 6, t**3 / 6)
        shape = (-1, 1) if axis == 0 else (1, -1)
        values = sum(
            numpy.take(values, numpy.clip(first + k - 1, 0, size - 1), axis=axis) * w.reshape(shape) for k, w in enumerate(weights)
        )
    return values


def render_solid(scene, objects, floor, size, samples, scratch, between=None):
    """The object at full size, and its shadow, which is soft, small: a quarter of the time of both at once. Pixels as they are to be shown, straight
    alpha. `between` is called when the one is there and the other not yet."""
    width, height = size
    common(scene)
    floor.visible_camera, floor.is_shadow_catcher = False, False
    for made in objects:
        made.visible_camera = True
    solid = render_to(scene, scratch, width, height, samples)
    if between:
        between()
    floor.visible_camera, floor.is_shadow_catcher = True, True
    for made in objects:
        made.visible_camera = False
    scene.cycles.max_bounces = 0
    small = render_to(scene, scratch, width // SHADOW, height // SHADOW, samples * 2)
    # What is left of the shadow far away is noise more than shadow.
    shadow = numpy.clip(enlarge(small[..., 3], SHADOW) * 1.05 - 0.05, 0.0, 1.0) * fade(width, height)
    cover = solid[..., 3]
    alpha = cover + shadow * (1 - cover)
    tint = numpy.array(SHADE, dtype=numpy.float32)
    weight = numpy.where(alpha > 0, cover / numpy.maximum(alpha, 1e-6), 0.0)[..., None]
    pixels = numpy.empty_like(solid)
    pixels[..., :3] = solid[..., :3] * weight + tint * (1 - weight)
    pixels[..., 3] = alpha
    return pixels


def fade(width, height):
    """Lets the shadow end before the picture does."""
    x = numpy.minimum(numpy.arange(width), numpy.arange(width)[::-1]) / (width * 0.20)
    y = numpy.minimum(numpy.arange(height), numpy.arange(height)[::-1]) / (height * 0.18)
    x, y = numpy.clip(x, 0, 1), numpy.clip(y, 0, 1)
    return ((x * x * (3 - 2 * x))[None, :] * (y * y * (3 - 2 * y))[:, None]).astype(numpy.float32) * SHADOW_STRENGTH


def save(pixels, path, quality):
    height, width = pixels.shape[:2]
    image = bpy.data.images.new("picture", width, height, alpha=True, float_buffer=False)
    image.alpha_mode = "STRAIGHT"
    image.pixels.foreach_set(numpy.ascontiguousarray(pixels, dtype=numpy.float32).ravel())
    image.file_format = "WEBP"
    image.save(filepath=path, quality=quality)
    bpy.data.images.remove(image)


def read_passes(scene, folder):
    """Renders normals, positions and part numbers with one ray through each pixel's middle."""
    common(scene)
    scene.render.resolution_x, scene.render.resolution_y = WIDTH * FINER, HEIGHT * FINER
    cycles = scene.cycles
    cycles.samples, cycles.use_adaptive_sampling, cycles.use_denoising = 1, False, False
    cycles.max_bounces = 0
    cycles.pixel_filter_type, cycles.filter_width = "BOX", 0.01
    layer = scene.view_layers[0]
    layer.use_pass_normal = layer.use_pass_position = layer.use_pass_object_index = True
    scene.use_nodes = True
    tree = scene.node_tree
    tree.nodes.clear()
    source = tree.nodes.new("CompositorNodeRLayers")
    target = tree.nodes.new("CompositorNodeOutputFile")
    target.base_path = folder
    target.format.file_format, target.format.color_mode = "OPEN_EXR", "RGB"
    target.format.color_depth, target.format.exr_codec = "32", "NONE"
    target.file_slots.clear()
    for name, socket in (("normal", "Normal"), ("position", "Position"), ("index", "IndexOB")):
        target.file_slots.new(name)
        tree.links.new(source.outputs[socket], target.inputs[name])
    scene.frame_set(1)
    bpy.ops.render.render(write_still=False)
    passes = {}
    for name in ("normal", "position", "index"):
        path = os.path.join(folder, f"{name}0001.exr")
        if not os.path.exists(path):
            path = os.path.join(folder, f"{name}0001")
        passes[name] = load_pixels(path, WIDTH * FINER, HEIGHT * FINER)[..., :3]
        os.remove(path)
    scene.use_nodes = False
    layer.use_pass_normal = layer.use_pass_position = layer.use_pass_object_index = False
    return passes["normal"], passes["position"], numpy.rint(passes["index"][..., 0]).astype(numpy.int32)


def breaks(normal, position, index, eye, axis):
    """Where a line runs between a pixel and its neighbour along `axis`, and the two halves of the frame that this compares."""
    size = normal.shape[axis]
    here, there = [slice(None)] * 2, [slice(None)] * 2
    here[axis], there[axis] = slice(0, size - 1), slice(1, size)
    here, there = tuple(here), tuple(there)
    n0, n1, p0, p1 = normal[here], normal[there], position[here], position[there]
    i0, i1 = index[here], index[there]
    both = (i0 > 0) & (i1 > 0)
    between = p1 - p0
    distance = numpy.minimum(numpy.linalg.norm(p0 - eye, axis=-1), numpy.linalg.norm(p1 - eye, axis=-1))
    # On one flat face the step lies in the face; a step out of both faces is a jump in depth.
    step = numpy.minimum(numpy.abs((between * n0).sum(-1)), numpy.abs((between * n1).sum(-1)))
    bend = (n0 * n1).sum(-1) < math.cos(math.radians(24))
    found = (i0 != i1) | (both & (bend | (step > distance * 0.006)))
    return found, here, there


def draw_lines(normal, position, index, eye):
    """Ink coverage of the large frame; worked out in bands, which stay in the processor's cache."""
    lines = numpy.zeros(index.shape, dtype=bool)
    band = 48
    for top in range(0, index.shape[0], band):
        # One row more, so that bands join.
        rows = slice(top, top + band + 1)
        if not index[rows].any():
            continue
        for axis in (0, 1):
            found, here, there = breaks(normal[rows], position[rows], index[rows], eye, axis)
            # Both sides of the break: two fine pixels make one of the finished picture.
            lines[rows][here] |= found
            lines[rows][there] |= found
    return lines


def save_drawing(lines, path):
    cover = lines.reshape(HEIGHT, FINER, WIDTH, FINER).mean(axis=(1, 3))
    pixels = numpy.empty((HEIGHT, WIDTH, 4), dtype=numpy.float32)
    pixels[..., :3] = INK
    pixels[..., 3] = numpy.clip(cover * 1.1, 0.0, 1.0)
    save(pixels, path, 92)


def still(scene, crisp, soft, points, low, high, solid_path, drawing_path, scratch, progress):
    """`soft` objects show in the still; `crisp` ones, without rounded edges, give each edge one line. `points`, `low`, `high`: metres."""
    camera = place_camera(scene, points)
    progress(8, "Drawing lines")
    for made in soft:
        made.hide_render = True
    for number, made in enumerate(crisp, start=1):
        made.pass_index = number
    normal, position, index = read_passes(scene, scratch)
    save_drawing(draw_lines(normal, position, index, numpy.array(camera.location, dtype=numpy.float32)), drawing_path)
    for made in crisp:
        made.hide_render = True
    for made in soft:
        made.hide_render = False
    light_scene(scene, low, high)
    progress(30, "Lighting the picture")
    floor = add_floor(scene, low, high)
    pixels = render_solid(scene, soft, floor, (WIDTH, HEIGHT), SAMPLES, scratch, lambda: progress(75, "Laying the shadow"))
    progress(95, "Saving the pictures")
    save(pixels, solid_path, 86)
