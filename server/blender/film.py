"""One turn of the object as a film: frames by Cycles, put together by the FFmpeg inside Blender."""

import math
import os

import bpy
import numpy

import picture

WIDTH, HEIGHT = 640, 480
FRAMES, FRAMES_A_SECOND = 36, 12
SAMPLES = 5
# Under the object where it is not: the canvas of the light theme, as it is shown.
GROUND = numpy.array((0.957, 0.949, 0.929), dtype=numpy.float32)


def turntable(scene, objects, root, points, low, high, path, scratch, progress):
    """`objects` hang below `root`; `points`, `low`, `high`: metres, in the pose of the first frame."""
    middle = (low + high) / 2
    picture.place_camera(scene, picture.orbit(points, middle))
    picture.light_scene(scene, low, high)
    floor = picture.add_floor(scene, low, high)
    about = bpy.data.objects.new("turntable", None)
    about.location = (float(middle[0]), float(middle[1]), 0.0)
    scene.collection.objects.link(about)
    bpy.context.view_layer.update()
    root.parent = about
    root.matrix_parent_inverse = about.matrix_world.inverted()
    frames = []
    for number in range(FRAMES):
        progress(2 + 92 * number / FRAMES, f"Turning, picture {number + 1} of {FRAMES}")
        about.rotation_euler = (0.0, 0.0, 2 * math.pi * number / FRAMES)
        bpy.context.view_layer.update()
        seen = picture.render_solid(scene, objects, floor, (WIDTH, HEIGHT), SAMPLES, scratch)
        cover = seen[..., 3:4]
        seen[..., :3] = seen[..., :3] * cover + GROUND * (1 - cover)
        seen[..., 3] = 1.0
        frames.append(f"turn{number:03}.png")
        save(seen, os.path.join(scratch, frames[-1]))
    progress(95, "Putting the film together")
    encode(frames, scratch, path)


def save(pixels, path):
    image = bpy.data.images.new("frame", WIDTH, HEIGHT, alpha=False, float_buffer=False)
    image.pixels.foreach_set(numpy.ascontiguousarray(pixels, dtype=numpy.float32).ravel())
    image.file_format = "PNG"
    image.save(filepath=path)
    bpy.data.images.remove(image)


def encode(frames, scratch, path):
    """The frames as H.264 in MP4, which every browser and phone plays."""
    film = bpy.data.scenes.new("film")
    try:
        film.render.resolution_x, film.render.resolution_y, film.render.resolution_percentage = WIDTH, HEIGHT, 100
        film.render.fps, film.render.fps_base = FRAMES_A_SECOND, 1.0
        film.frame_start, film.frame_end = 1, len(frames)
        # The frames are as they are shown: nothing is graded again.
        film.view_settings.view_transform, film.view_settings.look = "Standard", "None"
        film.sequencer_colorspace_settings.name = "sRGB"
        strips = film.sequence_editor_create().sequences
        strip = strips.new_image("turn", os.path.join(scratch, frames[0]), 1, 1)
        for name in frames[1:]:
            strip.elements.append(name)
        strip.frame_final_duration = len(frames)
        settings = film.render.image_settings
        settings.file_format = "FFMPEG"
        settings.color_mode = "RGB"
        ffmpeg = film.render.ffmpeg
        ffmpeg.format, ffmpeg.codec, ffmpeg.audio_codec = "MPEG4", "H264", "NONE"
        ffmpeg.constant_rate_factor, ffmpeg.ffmpeg_preset, ffmpeg.gopsize = "HIGH", "GOOD", FRAMES_A_SECOND
        film.render.use_file_extension, film.render.use_overwrite = False, True
        # No time of day in the file: the same film is the same bytes.
        for name in dir(film.render):
            if name.startswith("use_stamp"):
                setattr(film.render, name, False)
        film.render.filepath = path
        bpy.ops.render.render(animation=True, scene=film.name)
    finally:
        bpy.data.scenes.remove(film)
    for name in frames:
        os.remove(os.path.join(scratch, name))
