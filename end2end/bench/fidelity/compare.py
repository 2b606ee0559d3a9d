"""SSIM (Wang et al. 2004, scikit-image), FLIP (Andersson et al. 2020, flip-evaluator) and ΔE (CIEDE2000, scikit-image) of two pictures against Cycles,
where the model is: prints JSON.

    compare.py FOLDER SKU WIDTH HEIGHT
    compare.py colours JSON             ΔE of materials: two objects of name → linear colour
"""

import json
import sys

import flip_evaluator
import numpy
from scipy.ndimage import binary_erosion
from skimage import io
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity

# Half of the window of SSIM: nearer to the outline the backgrounds are compared as well.
MARGIN = 5


def encode(c):
    c = numpy.clip(c, 0, 1)
    return numpy.where(c <= 0.0031308, c * 12.92, 1.055 * c ** (1 / 2.4) - 0.055)


def compressed(c, start, desaturation):
    peak = c.max(axis=-1, keepdims=True)
    d = 1 - start
    bent = 1 - d * d / (numpy.maximum(peak, start) + d - start)
    g = 1 - 1 / (desaturation * (peak - bent) + 1)
    high = c * bent / numpy.maximum(peak, 1e-9)
    return numpy.where(peak < start, c, high * (1 - g) + bent * g)


def ours(c):
    """The curve of our shader."""
    return compressed(c, 0.76, 0.15)


def theirs(c):
    """Khronos PBR Neutral, as three.js has it."""
    least = c.min(axis=-1, keepdims=True)
    c = c - numpy.where(least < 0.08, least - 6.25 * least * least, 0.04)
    return compressed(c, 0.8 - 0.04, 0.15)


def compare(reference, seen, mask):
    margin = numpy.where(mask[..., None], 0, 1)
    # The same where the model is not.
    a, b = (numpy.clip(p * (1 - margin) + margin, 0, 1).astype(numpy.float32) for p in (reference, seen))
    inside = binary_erosion(mask, iterations=MARGIN)
    _, each = structural_similarity(a, b, channel_axis=-1, data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True)
    error, _, _ = flip_evaluator.evaluate(a, b, "LDR", applyMagma=False)
    return {
        "ssim": round(float(each.mean(axis=-1)[inside].mean()), 4),
        "flip": round(float(error.squeeze()[inside].mean()), 4),
        "delta_e": round(float(numpy.median(deltaE_ciede2000(rgb2lab(a), rgb2lab(b))[inside])), 2),
        "brightness": [round(float(p[inside].mean()), 4) for p in (a, b)],
    }


def main(folder, sku, width, height):
    width, height = int(width), int(height)
    cycles = numpy.fromfile(f"{folder}/{sku}-cycles.f32", dtype=numpy.float32).reshape(height, width, 4)[::-1]
    alpha = cycles[..., 3:]
    light = cycles[..., :3] / numpy.maximum(alpha, 1e-6)
    own = numpy.fromfile(f"{folder}/{sku}-ours.rgba", dtype=numpy.uint8).reshape(height, width, 4)[::-1].astype(numpy.float64) / 255
    peer = io.imread(f"{folder}/{sku}-theirs.png")[..., :3].astype(numpy.float64) / 255
    mask = binary_erosion((alpha[..., 0] > 0.999) & (own[..., 3] > 0.999), iterations=1)
    pictures = {"ours": (encode(ours(light)), own[..., :3]), "theirs": (encode(theirs(light)), peer)}
    for name, (reference, seen) in pictures.items():
        side = numpy.concatenate([numpy.where(mask[..., None], p, 1.0) for p in (seen, reference)], axis=1)
        io.imsave(f"{folder}/{sku}-{name}-beside-cycles.png", (numpy.clip(side, 0, 1) * 255 + 0.5).astype(numpy.uint8), check_contrast=False)
    print(json.dumps({name: compare(*pair, mask) for name, pair in pictures.items()} | {"pixels": int(mask.sum())}))


def colours(first, second):
    lab = lambda c: rgb2lab(encode(numpy.array(c)))
    return {name: round(float(deltaE_ciede2000(lab(first[name]), lab(second[name]))), 2) for name in sorted(first) if name in second} | {
        "missing": sorted(set(first) ^ set(second))
    }


if sys.argv[1] == "colours":
    print(json.dumps(colours(*json.loads(sys.argv[2]))))
else:
    main(*sys.argv[1:])
