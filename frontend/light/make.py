"""Prepares a room's light for the product view from an HDR panorama: a picture of what surfaces of each roughness mirror, and numbers of what
matt ones receive. Run in the Python that has `bpy`:

    python frontend/light/make.py PANORAMA.exr TURN PICTURE.webp NUMBERS.rs [LIGHT.exr]

TURN (degrees, seen from above, clockwise) brings the window to where the light should come from; the middle of the panorama is in front. LIGHT.exr: the
panorama as it was used, for programs that light with it themselves. The picture is an atlas of five levels, roughness
0, 0.25, 0.5, 0.75 and 1, each an equirectangular panorama of half the width of the one before, with a texel of margin around; a texel is the square root
of radiance / 16. Method: split-sum image based lighting (B. Karis, Real Shading in Unreal Engine 4, 2013); irradiance by spherical harmonics
(R. Ramamoorthi and P. Hanrahan, An Efficient Representation for Irradiance Environment Maps, 2001).
"""

import sys

import bpy
import numpy

WIDTH, LEVELS, PEAK = 128, 5, 16.0
# No lower than this: lower light throws shadows out of the picture.
LOWEST = 0.42


def read(path):
    image = bpy.data.images.load(path)
    image.colorspace_settings.name = "Non-Color"
    width, height = image.size
    values = numpy.empty(width * height * 4, dtype=numpy.float32)
    image.pixels.foreach_get(values)
    # What compression left below nothing is nothing.
    return values.reshape(height, width, 4)[::-1, :, :3].astype(numpy.float64).clip(0)


def keep(values, path):
    height, width = values.shape[:2]
    full = numpy.ones((height, width, 4), dtype=numpy.float32)
    full[..., :3] = values[::-1]
    image = bpy.data.images.new("light", width, height, float_buffer=True)
    # First of all: in any other space values are coded as they are saved.
    image.colorspace_settings.name = "Non-Color"
    image.pixels.foreach_set(full.ravel())
    image.file_format = "OPEN_EXR"
    image.save(filepath=path)


def directions(width, height):
    """Unit vectors in product space (Z up, front towards −Y) of the texels, and the solid angle of each."""
    u, v = (numpy.arange(width) + 0.5) / width, (numpy.arange(height) + 0.5) / height
    turn, down = numpy.meshgrid((u - 0.5) * 2 * numpy.pi, v * numpy.pi)
    vectors = numpy.stack([-numpy.sin(down) * numpy.sin(turn), -numpy.sin(down) * numpy.cos(turn), numpy.cos(down)], axis=-1)
    solid = numpy.sin(down) * (numpy.pi / height) * (2 * numpy.pi / width)
    return vectors, solid


def shrink(values, width):
    """Mean of equal squares."""
    height, factor = width // 2, values.shape[1] // width
    return values.reshape(height, factor, width, factor, 3).mean(axis=(1, 3))


def harmonics(d):
    x, y, z = d[..., 0], d[..., 1], d[..., 2]
    one = numpy.ones_like(x)
    return numpy.stack(
        [0.282095 * one, 0.488603 * y, 0.488603 * z, 0.488603 * x, 1.092548 * x * y, 1.092548 * y * z, 0.315392 * (3 * z * z - 1), 1.092548 * x * z, 0.546274 * (x * x - y * y)],
        axis=-1,
    )


def mirrored(values, width, roughness):
    """What a surface of this roughness mirrors of `values` in each direction of a panorama of `width`."""
    source, solid = directions(values.shape[1], values.shape[0])
    source, light = source.reshape(-1, 3), (values * solid[..., None]).reshape(-1, 3)
    wanted, _ = directions(width, width // 2)
    alpha2 = max(roughness * roughness, 0.02) ** 2
    out = numpy.zeros((width // 2, width, 3))
    for row in range(width // 2):
        cosine = wanted[row] @ source.T
        half = numpy.sqrt(numpy.clip((1 + cosine) / 2, 0, 1))
        d = alpha2 / (numpy.pi * (half * half * (alpha2 - 1) + 1) ** 2)
        weight = d * numpy.clip(cosine, 0, None)
        total = weight @ solid.reshape(-1)
        out[row] = (weight @ light) / numpy.maximum(total, 1e-9)[:, None]
    return out


def main(panorama, turn, picture, numbers, light=None):
    values = read(panorama)
    values = numpy.roll(values, int(round(float(turn) / 360 * values.shape[1])), axis=1)
    small = shrink(values, 256)
    vectors, solid = directions(256, 128)
    # About as bright as the studio.
    mean = (small * solid[..., None]).sum(axis=(0, 1)) / (4 * numpy.pi)
    scale = 0.62 / (mean @ numpy.array([0.2126, 0.7152, 0.0722]))
    # Half of the room's tint: eyes get used to light.
    white = (mean / mean.mean()) ** 0.5
    values, small = values * scale / white, small * scale / white
    if light:
        keep(values, light)
    brightness = small @ numpy.array([0.2126, 0.7152, 0.0722])
    bright = brightness > numpy.quantile(brightness, 0.985)
    energy = (small * (solid * bright)[..., None]).sum(axis=(0, 1))
    towards = (vectors * (brightness * solid * bright)[..., None]).sum(axis=(0, 1))
    towards /= numpy.linalg.norm(towards)
    towards[2] = max(towards[2], LOWEST)
    towards /= numpy.linalg.norm(towards)
    bands = numpy.array([1.0, 2 / 3, 2 / 3, 2 / 3, 0.25, 0.25, 0.25, 0.25, 0.25])
    received = (harmonics(vectors)[..., None] * small[..., None, :] * solid[..., None, None]).sum(axis=(0, 1)) * bands[:, None]

    fine = shrink(values, 128)
    height = sum((WIDTH >> level) // 2 + 2 for level in range(LEVELS))
    atlas, top = numpy.zeros((height, WIDTH + 2, 3)), 0
    for level in range(LEVELS):
        width = WIDTH >> level
        made = fine if level == 0 else mirrored(fine, width, level / (LEVELS - 1))
        made = numpy.concatenate([made[:, -1:], made, made[:, :1]], axis=1)
        made = numpy.concatenate([made[:1], made, made[-1:]], axis=0)
        atlas[top : top + made.shape[0], : made.shape[1]] = made
        top += made.shape[0]
    coded = numpy.sqrt(numpy.clip(atlas / PEAK, 0, 1))
    full = numpy.ones((height, WIDTH + 2, 4), dtype=numpy.float32)
    full[..., :3] = coded[::-1]
    image = bpy.data.images.new("atlas", WIDTH + 2, height, alpha=False, float_buffer=False)
    image.colorspace_settings.name = "Non-Color"
    image.pixels.foreach_set(full.ravel())
    image.file_format = "WEBP"
    image.save(filepath=picture, quality=100)

    def row(v):
        return "[" + ", ".join(f"{x:.5f}" for x in v) + "]"

    lines = [
        "//! Written by `frontend/light/make.py`; do not edit.",
        "",
        "use super::Room;",
        "",
        "/// The room.",
        "pub const ROOM: Room = Room {",
        f"    key: {row(towards)},",
        f"    colour: {row(energy / numpy.pi)},",
        "    received: [",
        *[f"        {row(r)}," for r in received],
        "    ],",
        "};",
        "",
    ]
    with open(numbers, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
    print("height", height, "peak", atlas.max(), "key", towards, energy / numpy.pi, "sky", received[0] * 0.282095)


main(*sys.argv[1:])
