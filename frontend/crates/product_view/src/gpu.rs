//! Everything that calls three-d: programs, buffers, the shadow maps and the frame. Rebuilt whole after a lost context.

use crate::around::{House, Maker};
use crate::camera::{Bounds, Pose, centre, diagonal, light_matrix};
use crate::light::{ROOM, STUDIO_KEY};
use crate::{diff, surface};
use scene::{Mesh, Scene};
use std::collections::BTreeMap;
use std::rc::Rc;
use three_d::context::HasContext;
use three_d::{
    Blend, BlendEquationType, BlendMultiplierType, ClearState, Context, CoreError, CpuTexture, Cull, DepthTest, DepthTexture2D, ElementBuffer, InnerSpace,
    Interpolation, Mat4, Mipmap, Program, RenderStates, RenderTarget, SquareMatrix, Texture2D, TextureData, Vec3, VertexBuffer, Viewport, Wrapping, WriteMask,
    vec2, vec3, vec4,
};

/// A shader, without its remarks (see `build.rs`).
macro_rules! shader {
    ($name:literal) => {
        include_str!(concat!(env!("OUT_DIR"), "/", $name))
    };
}

const KEY_SIZE: u32 = 1024;
const UNDER_SIZE: u32 = 256;
const GROUND_SIZE: u32 = 192;
const PICTURE: (u32, u32) = (1024, 512);
/// What a new surface is drawn in first: where the processor draws, the whole picture would hold the change up.
const COARSE: (u32, u32) = (256, 128);

/// Around the product, of its diagonal.
const AIR: f32 = 0.01;

struct GpuMesh {
    /// The middle of its box.
    middle: Vec3,
    positions: VertexBuffer<[f32; 3]>,
    normals: VertexBuffer<[f32; 3]>,
    uvs: VertexBuffer<[f32; 2]>,
    indices: ElementBuffer<u32>,
}

/// How a draw looks.
#[derive(Clone)]
struct Paint {
    tint: Vec3,
    factor: Vec3,
    metallic: f32,
    roughness: f32,
    uv_scale: three_d::Vec2,
    picture: Rc<Texture2D>,
}

struct Shadows {
    /// In the very first frame there is none: all lies in the light.
    key: Option<DepthTexture2D>,
    key_matrix: Mat4,
    /// The floor's picture and where it lies; the very first frame has none.
    ground: Option<(Texture2D, three_d::Vec4)>,
    floor: f32,
    reach: f32,
}

/// Programs that the very first frame does without: where the processor draws, making each takes longer than drawing with it.
struct Rest {
    object: Program,
    depth: Program,
    bake: Program,
    mean: Program,
    ground: Program,
    texture: Program,
}

impl Rest {
    fn new(context: &Context) -> Result<Self, CoreError> {
        let program = |vertex: &str, fragment: &str| Program::from_source(context, vertex, fragment);
        Ok(Self {
            object: program(shader!("object.vert"), concat!(shader!("object.frag"), shader!("studio.frag"), shader!("lit.frag")))?,
            depth: program(shader!("depth.vert"), shader!("depth.frag"))?,
            bake: program(shader!("full.vert"), shader!("ground_bake.frag"))?,
            mean: program(shader!("full.vert"), shader!("ground_mean.frag"))?,
            ground: program(shader!("ground.vert"), shader!("ground.frag"))?,
            texture: program(shader!("full.vert"), shader!("texture.frag"))?,
        })
    }

    fn draw_picture(&self, context: &Context, name: &str, (width, height): (u32, u32)) -> Rc<Texture2D> {
        let r = surface::recipe(name);
        let (filter, mipmap) = smooth(true);
        let mut texture = Texture2D::new_empty::<[u8; 4]>(context, width, height, filter, filter, mipmap, Wrapping::Repeat, Wrapping::Repeat);
        let program = &self.texture;
        let _ = texture.as_color_target(None).write::<CoreError>(|| {
            program.use_uniform("grain", vec4(r.grain[0], r.grain[1], r.grain[2], r.grain[3]));
            program.use_uniform("pores", vec3(r.pores[0], r.pores[1], r.pores[2]));
            let octaves: Vec<_> = surface::octaves(&r).into_iter().map(|[along, across, seed, shift]| vec4(along, across, seed, shift)).collect();
            program.use_uniform("count", octaves.len() as i32);
            program.use_uniform_array("octaves", &octaves);
            program.draw_arrays(flat(), Viewport::new_at_origo(width, height), 3);
            Ok(())
        });
        Rc::new(texture)
    }
}

/// A decoded picture of the exact model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// RGBA, sRGB, rows from the top.
    pub rgba: Vec<[u8; 4]>,
}

/// From where a picture is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Eye {
    /// From the product's millimetres to clip space.
    pub matrix: Mat4,
    /// Where it is, millimetres.
    pub at: Vec3,
    /// Its part of the frame.
    pub viewport: Viewport,
    /// How much of the floor's shadow it sees, 0 to 1.
    pub floor: f32,
}

/// The GPU's side of one view.
pub struct Renderer {
    context: Context,
    /// What the first frame is drawn with, where all lies in the light: a third of the time that a processor needs for that frame went into making the
    /// code that looks up shadows.
    first: Program,
    /// Made after the first frame; `Err` when the driver refused, and then frames stay as the first.
    rest: Option<Result<Rest, CoreError>>,
    white: Rc<Texture2D>,
    /// While things stand in a room.
    room: Option<Box<dyn House>>,
    /// What the room knows of things belongs to what is drawn.
    room_fresh: bool,
    pictures: BTreeMap<String, Rc<Texture2D>>,
    /// Names of surfaces that are still flat or coarse.
    coarse: Vec<String>,
    /// A frame has shown what there is: the next one may be finer.
    shown: bool,
    instant: BTreeMap<u64, GpuMesh>,
    /// What is drawn of it, and the item whose place each goes to.
    instant_draws: Vec<(u64, Paint, Option<usize>)>,
    exact: Vec<(GpuMesh, Paint, Option<usize>)>,
    /// Where the items of the scene are drawn; those that are missing stay.
    places: Vec<Mat4>,
    shadows: Option<Shadows>,
    /// The shadows belong to what is drawn.
    shadows_fresh: bool,
}

fn opaque(cull: Cull) -> RenderStates {
    RenderStates { write_mask: WriteMask::COLOR_AND_DEPTH, depth_test: DepthTest::LessOrEqual, blend: Blend::Disabled, cull }
}

fn flat() -> RenderStates {
    RenderStates { write_mask: WriteMask::COLOR, depth_test: DepthTest::Always, blend: Blend::Disabled, cull: Cull::None }
}

fn over() -> RenderStates {
    RenderStates {
        write_mask: WriteMask::COLOR,
        depth_test: DepthTest::LessOrEqual,
        blend: Blend::Enabled {
            source_rgb_multiplier: BlendMultiplierType::One,
            source_alpha_multiplier: BlendMultiplierType::One,
            destination_rgb_multiplier: BlendMultiplierType::OneMinusSrcAlpha,
            destination_alpha_multiplier: BlendMultiplierType::OneMinusSrcAlpha,
            rgb_equation: BlendEquationType::Add,
            alpha_equation: BlendEquationType::Add,
        },
        cull: Cull::None,
    }
}

/// With a little air, so that nothing lies on a light's clipping planes.
fn roomy(bounds: Bounds) -> Bounds {
    let air = diagonal(bounds) * AIR;
    (bounds.0.map(|v| v - air), bounds.1.map(|v| v + air))
}

/// One texel.
fn plain(context: &Context, value: u8) -> Rc<Texture2D> {
    let data = TextureData::RgbaU8(vec![[value, value, value, 255]]);
    Rc::new(Texture2D::new(context, &CpuTexture { data, width: 1, height: 1, mipmap: None, ..CpuTexture::default() }))
}

fn smooth(mipmap: bool) -> (Interpolation, Option<Mipmap>) {
    (Interpolation::Linear, mipmap.then_some(Mipmap { max_ratio: 8, ..Mipmap::default() }))
}

impl Renderer {
    /// What the first frame needs.
    ///
    /// # Errors
    /// The driver's words when a program can't be made.
    pub fn new(context: Context) -> Result<Self, CoreError> {
        let first =
            Program::from_source(&context, shader!("object.vert"), concat!(shader!("object.frag"), shader!("studio.frag"), "float lit(vec3 n){return 1.0;}"))?;
        let white = plain(&context, 255);
        Ok(Self {
            first,
            rest: None,
            white,
            room: None,
            room_fresh: false,
            pictures: BTreeMap::new(),
            coarse: Vec::new(),
            shown: false,
            instant: BTreeMap::new(),
            instant_draws: Vec::new(),
            exact: Vec::new(),
            places: Vec::new(),
            shadows: None,
            shadows_fresh: false,
            context,
        })
    }

    /// Towards the light that throws the shadow.
    fn key_direction(&self) -> Vec3 {
        Vec3::from(if self.room.is_some() { ROOM.key } else { STUDIO_KEY }).normalize()
    }

    /// Puts things into a room, or back into the studio. False: it can't be done, and they stay where they are.
    pub fn set_room(&mut self, room: Option<&(Picture, Maker)>) -> bool {
        let made = room.map(|(picture, make)| make(&self.context, picture, [shader!("object.vert"), concat!(shader!("object.frag"), shader!("lit.frag"))]));
        if matches!(made, Some(None)) {
            return false;
        }
        self.room = made.flatten();
        self.stale();
        true
    }

    /// Shadows belong to something else now.
    fn stale(&mut self) {
        (self.shadows_fresh, self.room_fresh) = (false, false);
        if self.room.is_some() {
            self.shown = false;
        }
    }

    fn upload(context: &Context, mesh: &Mesh) -> GpuMesh {
        let (lo, hi) = mesh
            .positions
            .iter()
            .map(|p| Vec3::from(*p))
            .fold((Vec3::from([f32::MAX; 3]), Vec3::from([f32::MIN; 3])), |(lo, hi), p| (lo.zip(p, f32::min), hi.zip(p, f32::max)));
        GpuMesh {
            middle: (lo + hi) * 0.5,
            positions: VertexBuffer::new_with_data(context, &mesh.positions),
            normals: VertexBuffer::new_with_data(context, &mesh.normals),
            uvs: VertexBuffer::new_with_data(context, &mesh.uvs),
            indices: ElementBuffer::new_with_data(context, &mesh.indices),
        }
    }

    fn rest(&self) -> Option<&Rest> {
        self.rest.as_ref()?.as_ref().ok()
    }

    /// A surface by name, drawn on the GPU the first time: coarse (in the very first frame its colour alone), and made fine once a frame
    /// has shown it.
    fn picture(&mut self, name: &str) -> Rc<Texture2D> {
        if let Some(kept) = self.pictures.get(name) {
            return kept.clone();
        }
        // A drawn picture is about one half where the surface has its own colour.
        let texture = self.rest().map_or_else(|| plain(&self.context, 128), |rest| rest.draw_picture(&self.context, name, COARSE));
        self.coarse.push(name.to_owned());
        self.shown = false;
        self.pictures.insert(name.to_owned(), texture.clone());
        texture
    }

    /// One step from what the last frame showed to what there is to see.
    fn refine(&mut self, bounds: Bounds) {
        if self.rest.is_none() {
            self.rest = Some(Rest::new(&self.context));
            self.shadows_fresh = false;
            return;
        }
        let Some(name) = self.coarse.pop() else { return self.look_around(bounds) };
        let Some(fine) = self.rest().map(|rest| rest.draw_picture(&self.context, &name, PICTURE)) else { return };
        if let Some(coarse) = self.pictures.insert(name, fine.clone()) {
            for (_, paint, _) in self.instant_draws.iter_mut().filter(|(_, paint, _)| Rc::ptr_eq(&paint.picture, &coarse)) {
                paint.picture = fine.clone();
            }
        }
    }

    /// Whether the next frame will be finer than the last.
    fn unfinished(&self) -> bool {
        self.rest.is_none() || self.exact.is_empty() && !self.coarse.is_empty() || self.room.is_some() && !self.room_fresh
    }

    /// Takes a scene over; only what changed is uploaded. Returns how many meshes.
    pub fn set_instant(&mut self, scene: &Scene, digests: &[u64]) -> usize {
        let context = self.context.clone();
        let batches = diff::batches(scene, digests, self.places.is_empty());
        let made = diff::update(&mut self.instant, &batches, |batch| Self::upload(&context, &batch.mesh(scene)));
        let paints: Vec<Paint> = scene
            .materials
            .iter()
            .map(|m| {
                let base = Vec3::from(m.base_color);
                let one = vec3(1.0, 1.0, 1.0);
                match &m.texture {
                    Some(name) => {
                        let [along, across] = surface::recipe(name).tile;
                        // The drawn picture is about one half where the surface has its own colour.
                        Paint {
                            tint: base * 2.0,
                            factor: one,
                            metallic: m.metallic,
                            roughness: m.roughness,
                            uv_scale: vec2(1.0 / along, 1.0 / across),
                            picture: self.picture(name),
                        }
                    }
                    None => {
                        Paint { tint: base, factor: one, metallic: m.metallic, roughness: m.roughness, uv_scale: vec2(1.0, 1.0), picture: self.white.clone() }
                    }
                }
            })
            .collect();
        let draw = |batch: &diff::Batch| Some((batch.key, paints.get(batch.material)?.clone(), batch.alone()));
        self.instant_draws = batches.iter().filter_map(draw).collect();
        self.exact.clear();
        self.stale();
        made
    }

    /// Takes an exact model over; it is drawn from now on instead of the instant one. `shift` moves it, millimetres. What has
    /// the name of an item of `scene` opens like it.
    pub fn set_exact(&mut self, model: &crate::glb::Model, pictures: &[Option<Picture>], shift: Option<[f32; 3]>, scene: &Scene) {
        let same = |name: &String| scene.items.iter().position(|item| item.id == *name);
        let (filter, mipmap) = smooth(true);
        let textures: Vec<Rc<Texture2D>> = pictures
            .iter()
            .map(|picture| match picture {
                Some(p) if p.rgba.len() == (p.width * p.height) as usize && p.width > 0 => Rc::new(Texture2D::new(
                    &self.context,
                    &CpuTexture {
                        data: TextureData::RgbaU8(p.rgba.clone()),
                        width: p.width,
                        height: p.height,
                        min_filter: filter,
                        mag_filter: filter,
                        mipmap,
                        wrap_s: Wrapping::Repeat,
                        wrap_t: Wrapping::Repeat,
                        ..CpuTexture::default()
                    },
                )),
                _ => self.white.clone(),
            })
            .collect();
        let white = self.white.clone();
        let paints: Vec<Paint> = model
            .surfaces
            .iter()
            .map(|s| Paint {
                tint: vec3(1.0, 1.0, 1.0),
                factor: Vec3::from(s.factor),
                metallic: s.metallic,
                roughness: s.roughness,
                uv_scale: vec2(1.0, 1.0),
                picture: s.image.and_then(|i| textures.get(i)).unwrap_or(&white).clone(),
            })
            .collect();
        self.exact = model
            .meshes
            .iter()
            .zip(&model.names)
            .filter_map(|((mesh, surface), name)| {
                let paint = paints.get(*surface)?.clone();
                let Some(shift) = shift else { return Some((Self::upload(&self.context, mesh), paint, same(name))) };
                let mut moved = mesh.clone();
                for p in &mut moved.positions {
                    for k in 0..3 {
                        p[k] += shift[k];
                    }
                }
                Some((Self::upload(&self.context, &moved), paint, same(name)))
            })
            .collect();
        self.stale();
    }

    /// Draws the items of the scene at these places from now on. True: they are at rest now or have begun to move, and the scene has to be told again.
    #[must_use]
    pub fn set_places(&mut self, places: Vec<Mat4>) -> bool {
        let other = places.is_empty() != self.places.is_empty();
        self.places = places;
        self.stale();
        other
    }

    fn draws(&self) -> Vec<(&GpuMesh, &Paint, Mat4)> {
        let place = |i: &Option<usize>| i.and_then(|i| self.places.get(i)).copied().unwrap_or_else(Mat4::identity);
        if self.exact.is_empty() {
            self.instant_draws.iter().filter_map(|(key, paint, i)| Some((self.instant.get(key)?, paint, place(i)))).collect()
        } else {
            self.exact.iter().map(|(mesh, paint, i)| (mesh, paint, place(i))).collect()
        }
    }

    fn draw_depth(&self, depth: &Program, matrix: &Mat4, size: u32) {
        let states = RenderStates { write_mask: WriteMask::DEPTH, depth_test: DepthTest::Less, blend: Blend::Disabled, cull: Cull::None };
        depth.use_uniform("view_projection", matrix);
        for (mesh, _, place) in self.draws() {
            depth.use_uniform("place", place);
            depth.use_vertex_attribute("position", &mesh.positions);
            depth.draw_elements(states, Viewport::new_at_origo(size, size), &mesh.indices);
        }
    }

    /// A depth map of what is there.
    fn depth_map(&self, depth: &Program, matrix: &Mat4, size: u32) -> DepthTexture2D {
        let mut map = DepthTexture2D::new::<f32>(&self.context, size, size, Wrapping::ClampToEdge, Wrapping::ClampToEdge);
        let _ = map.as_depth_target().clear(ClearState::depth(1.0)).write::<CoreError>(|| {
            self.draw_depth(depth, matrix, size);
            Ok(())
        });
        map
    }

    /// What things in a room hide from themselves.
    fn look_around(&mut self, bounds: Bounds) {
        // Without a look it goes on as well.
        self.room_fresh = true;
        let Some(mut room) = self.room.take() else { return };
        if let Some(rest) = self.rest() {
            room.look(roomy(bounds), &|matrix, size| self.draw_depth(&rest.depth, matrix, size));
        }
        self.room = Some(room);
    }

    /// Shadow map of the key light, and the floor's picture with the shadow of light and sky. In the very first frame all lies in the light.
    fn cast(&mut self, bounds: Bounds) {
        let (floor, reach) = (bounds.0[2], diagonal(bounds));
        self.shadows_fresh = true;
        let Some(rest) = self.rest() else {
            self.shadows = Some(Shadows { key: None, key_matrix: Mat4::from_scale(1.0), ground: None, floor, reach });
            return;
        };
        let key_matrix = light_matrix(roomy(bounds), -self.key_direction());
        let key = self.depth_map(&rest.depth, &key_matrix, KEY_SIZE);
        let ground = Some(self.cast_on_ground(rest, bounds, &key, key_matrix));
        self.shadows = Some(Shadows { key: Some(key), key_matrix, ground, floor, reach });
    }

    fn cast_on_ground(&self, rest: &Rest, bounds: Bounds, key: &DepthTexture2D, key_matrix: Mat4) -> (Texture2D, three_d::Vec4) {
        let (lo, hi) = bounds;
        let reach = diagonal(bounds);
        let air = reach * AIR;
        let margin = (hi[2] - lo[2]).mul_add(0.55, reach * 0.22);
        let area = vec4(lo[0] - margin, lo[1] - margin, hi[0] - lo[0] + 2.0 * margin, hi[1] - lo[1] + 2.0 * margin);
        let under_bounds: Bounds = ([lo[0] - air, lo[1] - air, lo[2]], [hi[0] + air, hi[1] + air, hi[2] + air]);
        let under_matrix = light_matrix(under_bounds, vec3(0.0, 0.0, 1.0));
        let under = self.depth_map(&rest.depth, &under_matrix, UNDER_SIZE);

        let (filter, _) = smooth(false);
        let [mut raw, mut ground] = [(); 2].map(|()| {
            Texture2D::new_empty::<[u8; 4]>(&self.context, GROUND_SIZE, GROUND_SIZE, filter, filter, None, Wrapping::ClampToEdge, Wrapping::ClampToEdge)
        });
        let program = &rest.bake;
        let _ = raw.as_color_target(None).write::<CoreError>(|| {
            program.use_uniform("area", area);
            program.use_uniform("floor_height", lo[2]);
            program.use_uniform("key_matrix", key_matrix);
            program.use_uniform("under_matrix", under_matrix);
            program.use_uniform("under_height", hi[2] + air - lo[2]);
            program.use_uniform("reach", reach);
            program.use_depth_texture("key_map", key);
            program.use_depth_texture("under_map", &under);
            program.draw_arrays(flat(), Viewport::new_at_origo(GROUND_SIZE, GROUND_SIZE), 3);
            Ok(())
        });
        let _ = ground.as_color_target(None).write::<CoreError>(|| {
            rest.mean.use_texture("raw", &raw);
            rest.mean.draw_arrays(flat(), Viewport::new_at_origo(GROUND_SIZE, GROUND_SIZE), 3);
            Ok(())
        });
        (ground, area)
    }

    /// Draws one frame into the canvas of `device` pixels. True when another one right after it will be finer.
    pub fn frame(&mut self, pose: &Pose, bounds: Bounds, device: (u32, u32)) -> bool {
        if std::mem::replace(&mut self.shown, true) && self.unfinished() {
            self.refine(bounds);
        }
        self.draw(pose, bounds, device);
        self.unfinished()
    }

    fn draw(&mut self, pose: &Pose, bounds: Bounds, device: (u32, u32)) {
        #[allow(clippy::cast_precision_loss)]
        let size = [device.0 as f32, device.1 as f32];
        let offset = (Vec3::from(pose.target) - Vec3::from(centre(bounds))).magnitude();
        // From below the floor there is no floor.
        let floor = (pose.elevation * 6.0 + 0.2).clamp(0.0, 1.0);
        let viewport = Viewport::new_at_origo(device.0, device.1);
        self.show(&[Eye { matrix: pose.projection_view(size, diagonal(bounds) + offset), at: pose.eye(), viewport, floor }], bounds, device);
    }

    /// Goes on until nothing would be finer, without showing what is between.
    pub fn finish(&mut self, bounds: Bounds) {
        while self.unfinished() {
            self.refine(bounds);
        }
    }

    /// Draws what eyes see into a frame of `device` pixels.
    pub fn show(&mut self, eyes: &[Eye], bounds: Bounds, device: (u32, u32)) {
        if !self.shadows_fresh {
            self.cast(bounds);
        }
        let target = RenderTarget::screen(&self.context, device.0, device.1);
        target.clear(ClearState::color_and_depth(0.0, 0.0, 0.0, 0.0, 1.0));
        eyes.iter().for_each(|eye| self.paint(&target, eye));
    }

    fn paint(&self, target: &RenderTarget<'_>, eye: &Eye) {
        let Some(shadows) = &self.shadows else { return };
        let step = 1.15 / KEY_SIZE as f32;
        let key_colour = if self.room.is_some() { Vec3::from(ROOM.colour) } else { vec3(0.72, 0.705, 0.68) };
        let _ = target.write::<CoreError>(|| {
            if let Some(room) = &self.room {
                room.tell();
            }
            let studio = self.rest().map_or(&self.first, |rest| &rest.object);
            let p = self.room.as_ref().map_or(studio, |room| room.program());
            p.use_uniform("view_projection", eye.matrix);
            p.use_uniform("eye", eye.at);
            p.use_uniform("key_direction", self.key_direction());
            p.use_uniform("key_colour", key_colour);
            p.use_uniform("reach", shadows.reach);
            if self.room.is_none() {
                p.use_uniform("floor_height", shadows.floor);
            }
            if p.requires_uniform("key_map") {
                p.use_uniform("key_matrix", shadows.key_matrix);
                p.use_uniform("key_step", vec3(step, step, 0.0016));
                match &shadows.key {
                    Some(key) => p.use_depth_texture("key_map", key),
                    None => p.use_texture("key_map", &self.white),
                }
            }
            // The instant model is made of closed parts (tests/mesh.rs of `product`); a loaded one may have leaves without a thickness.
            let states = opaque(if self.exact.is_empty() { Cull::Back } else { Cull::None });
            // The nearest first: what it covers is not shaded.
            let away = |(_, draw): &(usize, &(&GpuMesh, &Paint, Mat4))| ((draw.2 * draw.0.middle.extend(1.0)).truncate() - eye.at).magnitude2();
            let mut draws = self.draws();
            // They are few, and the library's sort is 3 kB that the first picture would wait for.
            while let Some((nearest, _)) = draws.iter().enumerate().min_by(|a, b| away(a).total_cmp(&away(b))) {
                let (mesh, paint, place) = draws.swap_remove(nearest);
                p.use_uniform("place", place);
                p.use_uniform("tint", paint.tint);
                p.use_uniform("factor", paint.factor);
                p.use_uniform("metallic", paint.metallic);
                p.use_uniform("roughness", paint.roughness);
                p.use_uniform("uv_scale", paint.uv_scale);
                p.use_texture("surface", &paint.picture);
                p.use_vertex_attribute("position", &mesh.positions);
                p.use_vertex_attribute("normal", &mesh.normals);
                p.use_vertex_attribute("uv_coordinates", &mesh.uvs);
                p.draw_elements(states, eye.viewport, &mesh.indices);
            }
            let (Some(rest), Some((ground, area))) = (self.rest(), &shadows.ground) else { return Ok(()) };
            let p = &rest.ground;
            p.use_uniform("view_projection", eye.matrix);
            p.use_uniform("area", *area);
            p.use_uniform("floor_height", shadows.floor);
            p.use_uniform("strength", eye.floor);
            p.use_texture("shade", ground);
            p.draw_arrays(over(), eye.viewport, 6);
            Ok(())
        });
    }

    /// Draws all there is to see, and reads the picture back: RGBA rows from the bottom, premultiplied.
    #[must_use]
    pub fn read(&mut self, pose: &Pose, bounds: Bounds, device: (u32, u32)) -> Vec<u8> {
        while self.frame(pose, bounds, device) {}
        let mut bytes = vec![0_u8; device.0 as usize * device.1 as usize * 4];
        read_pixels(&self.context, device, &mut bytes);
        bytes
    }
}

#[allow(unsafe_code, clippy::cast_possible_wrap)]
fn read_pixels(context: &Context, device: (u32, u32), bytes: &mut [u8]) {
    // SAFETY: the slice holds exactly width × height RGBA pixels, which is what is asked for, with a pack alignment of 1.
    unsafe {
        context.bind_framebuffer(three_d::context::FRAMEBUFFER, None);
        context.read_pixels(
            0,
            0,
            device.0 as i32,
            device.1 as i32,
            three_d::context::RGBA,
            three_d::context::UNSIGNED_BYTE,
            three_d::context::PixelPackData::Slice(bytes),
        );
    }
}
