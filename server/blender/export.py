"""Files out of a built scene, by Blender's own exporters."""

import bpy

QUIET = {
    "export_format": "GLB",
    "export_yup": True,
    "export_extras": True,
    "export_apply": False,
    "export_texcoords": True,
    "export_normals": True,
    "export_tangents": False,
    "export_attributes": False,
    "export_vertex_color": "NONE",
    "export_cameras": False,
    "export_lights": False,
    "export_animations": False,
    "export_skins": False,
    "export_morph": False,
    "export_shared_accessors": False,
    "export_draco_mesh_compression_enable": False,
    "export_image_format": "AUTO",
    "export_copyright": "",
    "export_hierarchy_full_collections": False,
    "export_gpu_instances": False,
    "export_unused_images": False,
    "export_unused_textures": False,
}


def glb(path):
    """Binary glTF in metres, Y up: (x, y, z) of the file is (x, z, −y) of the product."""
    bpy.ops.export_scene.gltf(filepath=path, check_existing=False, **QUIET)


def usdz(path):
    """USDZ for AR Quick Look."""
    bpy.ops.wm.usd_export(
        filepath=path,
        check_existing=False,
        export_animation=False,
        export_hair=False,
        export_uvmaps=True,
        export_normals=True,
        export_materials=True,
        generate_preview_surface=True,
        export_textures_mode="NEW",
        overwrite_textures=True,
        export_lights=False,
        export_cameras=False,
        convert_world_material=False,
        export_custom_properties=True,
        convert_orientation=True,
        export_global_forward_selection="NEGATIVE_Z",
        export_global_up_selection="Y",
        root_prim_path="/root",
    )
