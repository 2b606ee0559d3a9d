"""Surfaces: plain colours and textures drawn by ourselves, tileable and the same on every run."""

import os
import zlib

import bpy
import numpy

WIDTH, HEIGHT = 1024, 512
# Metres that one picture covers: (along the grain, across).
WOOD_TILE = (2.4, 0.8)
FINE_TILE = (0.8, 0.4)
HAND_TILE = (0.4, 0.2)


def periodic(seed, along, across, power=1.0):
    """Smooth noise that repeats at the picture's edge; `along` and `across` are its grain in pixels. Mean 0, spread 1."""
    noise = numpy.random.Generator(numpy.random.PCG64(seed)).standard_normal((HEIGHT, WIDTH))
    fy = numpy.fft.fftfreq(HEIGHT)[:, None] * across
    fx = numpy.fft.rfftfreq(WIDTH)[None, :] * along
    falloff = numpy.exp(-2.0 * (fx * fx + fy * fy) ** power)
    falloff[0, 0] = 0.0
    smooth = numpy.fft.irfft2(numpy.fft.rfft2(noise) * falloff, s=(HEIGHT, WIDTH))
    return smooth / (smooth.std() or 1.0)


def wood(seed, rings, wave, contrast, fibre, pores, flame):
    """Brightness (about 1) and warmth (-1 darker and redder … 1) of a flat-sawn board; grain runs along u."""
    v = numpy.arange(HEIGHT)[:, None] / HEIGHT
    warp = periodic(seed, 900, 70) * wave + periodic(seed + 1, 260, 26) * wave * 0.16
    # Year rings: their spacing swells and shrinks across the board, as where a saw cuts them at a flat angle.
    swell = periodic(seed + 2, 1600, 120) * flame
    phase = v * rings + warp + swell
    saw = phase - numpy.floor(phase)
    late = numpy.where(saw < 0.78, (saw / 0.78) ** 2.2, ((1 - saw) / 0.22) ** 1.2)
    strength = 0.55 + 0.45 * numpy.tanh(periodic(seed + 3, 1200, 60))
    band = (late - 0.4) * strength
    thin = periodic(seed + 4, 190, 2.2)
    broad = periodic(seed + 5, 1500, 40)
    light = 1.0 - contrast * band + fibre * thin + contrast * 0.3 * broad
    if pores:
        dots = periodic(seed + 6, 46, 1.7)
        cut = numpy.clip((dots - 1.55) / 0.9, 0, 1) * (0.35 + 0.65 * late)
        light -= pores * cut
    return light, -band


def stone(seed, mottle, speck, vein):
    light = 1.0 + mottle * (periodic(seed, 120, 120) * 0.6 + periodic(seed + 1, 34, 34) * 0.4)
    fine = periodic(seed + 2, 2.4, 2.4)
    light += speck * (numpy.clip(fine - 1.4, 0, 1.5) - numpy.clip(-fine - 1.3, 0, 1.5))
    if vein:
        field = numpy.abs(periodic(seed + 3, 210, 150) + 0.35 * periodic(seed + 4, 50, 44))
        light -= vein * numpy.exp(-(field / 0.05) ** 1.1)
    return light, numpy.zeros_like(light)


def lino(seed):
    light = 1.0 + 0.014 * periodic(seed, 14, 9) + 0.012 * periodic(seed + 1, 3, 2.4) + 0.008 * periodic(seed + 2, 90, 60)
    return light, numpy.zeros_like(light)


def weave(seed, strength):
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    cell = 4
    over = ((x // cell + y // cell) % 2).astype(float)
    thread = numpy.where(over > 0, numpy.sin((x % cell + 0.5) / cell * numpy.pi), numpy.sin((y % cell + 0.5) / cell * numpy.pi))
    light = 1.0 + strength * (thread - 0.51) + 0.03 * periodic(seed, 60, 3) + 0.03 * periodic(seed + 1, 3, 60)
    return light, numpy.zeros_like(light)


def felt(seed):
    light = 1.0 + 0.035 * periodic(seed, 3, 3) + 0.008 * periodic(seed + 1, 30, 30)
    return light, numpy.zeros_like(light)


def leather(seed, crease):
    """Full grain: pebbles of two sizes, parted by creases, over a slow cloud."""
    coarse, fine = numpy.abs(periodic(seed, 10, 8)), numpy.abs(periodic(seed + 1, 5, 4))
    light = 1.0 - crease * (numpy.exp(-coarse / 0.2) + 0.5 * numpy.exp(-fine / 0.2) - 0.25) + 0.014 * periodic(seed + 2, 170, 128)
    return light, numpy.zeros_like(light)


def boucle(seed, strength):
    """Loops of yarn, large and small, with hollows between them, and fibres."""
    knots, loops = numpy.abs(periodic(seed, 20, 16)), numpy.abs(periodic(seed + 1, 9, 8))
    light = 1.0 - strength * (numpy.exp(-knots / 0.4) + 0.8 * numpy.exp(-loops / 0.4) - 0.51) + 0.03 * periodic(seed + 2, 3, 3)
    return light, numpy.zeros_like(light)


def brushed(seed):
    light = 1.0 + 0.022 * periodic(seed, 240, 1.6)
    return light, numpy.zeros_like(light)


TEXTURES = {
    "oak": (WOOD_TILE, lambda: wood(11, 21, 1.5, 0.085, 0.020, 0.10, 1.9)),
    "smoked_oak": (WOOD_TILE, lambda: wood(23, 22, 1.6, 0.17, 0.035, 0.20, 2.0)),
    "walnut": (WOOD_TILE, lambda: wood(37, 9, 1.6, 0.24, 0.036, 0.14, 1.7)),
    "ash": (WOOD_TILE, lambda: wood(53, 10, 1.5, 0.13, 0.018, 0.08, 1.9)),
    "birch": (WOOD_TILE, lambda: wood(61, 7, 1.2, 0.05, 0.014, 0.0, 1.2)),
    "beech": (WOOD_TILE, lambda: wood(71, 9, 0.9, 0.06, 0.018, 0.06, 0.9)),
    "pine": (WOOD_TILE, lambda: wood(83, 8, 1.1, 0.15, 0.014, 0.0, 1.5)),
    "stone": (FINE_TILE, lambda: stone(101, 0.020, 0.05, 0.0)),
    "quartz": (FINE_TILE, lambda: stone(107, 0.012, 0.07, 0.0)),
    "terrazzo": (FINE_TILE, lambda: stone(109, 0.016, 0.13, 0.0)),
    "concrete": (FINE_TILE, lambda: stone(113, 0.035, 0.03, 0.0)),
    "marble": (WOOD_TILE, lambda: stone(127, 0.020, 0.01, 0.10)),
    "lino": (FINE_TILE, lambda: lino(131)),
    "linoleum": (FINE_TILE, lambda: lino(131)),
    "felt": (FINE_TILE, lambda: felt(137)),
    "fabric": (FINE_TILE, lambda: weave(139, 0.10)),
    "linen": (FINE_TILE, lambda: weave(149, 0.13)),
    "leather": (HAND_TILE, lambda: leather(163, 0.16)),
    "boucle": (HAND_TILE, lambda: boucle(173, 0.13)),
    "steel": (FINE_TILE, lambda: brushed(151)),
    "brushed": (FINE_TILE, lambda: brushed(151)),
}
# A texture that nobody drew still deserves a surface that is not dead flat.
UNKNOWN = (FINE_TILE, lambda: lino(157))

_patterns = {}


def tile_of(material):
    """Metres that a material's picture covers; `None` for plain colours."""
    name = material.get("texture")
    return TEXTURES.get(name, UNKNOWN)[0] if name else None


def linear(srgb):
    """sRGB 0–1 to linear light."""
    c = min(max(float(srgb), 0.0), 1.0)
    return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4


def pattern(name):
    if name not in _patterns:
        _patterns[name] = tuple(values.astype(numpy.float32) for values in TEXTURES.get(name, UNKNOWN)[1]())
    return _patterns[name]


def picture(name, colour, scratch):
    """The texture in a base colour as a packed JPEG, kept for the life of the process."""
    key = f"{name}-{zlib.crc32(repr([round(c, 4) for c in colour]).encode()):08x}"
    if key in bpy.data.images:
        return bpy.data.images[key]
    light, warm = pattern(name)
    base = numpy.array(colour, dtype=numpy.float32)
    # Grain is not only darker, it is warmer: blue falls more than red.
    shade = numpy.clip(light, 0.2, 1.6)[..., None] ** numpy.array([0.86, 1.0, 1.18], dtype=numpy.float32)
    shade *= 1.0 + warm[..., None] * numpy.array([0.0, 0.012, 0.03], dtype=numpy.float32)
    pixels = numpy.ones((HEIGHT, WIDTH, 4), dtype=numpy.float32)
    pixels[..., :3] = numpy.clip(base * shade, 0.0, 1.0)
    drawn = bpy.data.images.new("drawing", WIDTH, HEIGHT, alpha=False, float_buffer=False)
    drawn.pixels.foreach_set(pixels.ravel())
    drawn.file_format = "JPEG"
    path = os.path.join(scratch, f"{key}.jpg")
    drawn.save(filepath=path, quality=86)
    bpy.data.images.remove(drawn)
    kept = bpy.data.images.load(path)
    kept.name = key
    kept.pack()
    kept.filepath = f"//{key}.jpg"
    kept.use_fake_user = True
    os.remove(path)
    return kept


def make(name, material, scratch):
    """A Principled material."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    shader = made.node_tree.nodes["Principled BSDF"]
    colour = [linear(c) for c in material["base_color"]]
    shader.inputs["Base Color"].default_value = (*colour, 1.0)
    shader.inputs["Metallic"].default_value = float(material.get("metallic", 0.0))
    shader.inputs["Roughness"].default_value = float(material["roughness"])
    made.use_backface_culling = True
    texture = material.get("texture")
    if texture:
        node = made.node_tree.nodes.new("ShaderNodeTexImage")
        node.image = picture(texture, material["base_color"], scratch)
        made.node_tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    return made
