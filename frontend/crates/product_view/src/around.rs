//! The GPU's side of a room: its picture, the program that lights with it, and depth maps of the product from all around, which say what a point of it
//! hides from itself. Nobody waits for it before the first picture, so that it can travel apart: the view knows a [`House`] alone, and whoever wants one
//! brings its [`Maker`].

use crate::camera::{Bounds, light_matrix};
use crate::gpu::Picture;
use crate::light::ROOM;
use three_d::{ClearState, Context, CoreError, CpuTexture, DepthTexture2DArray, Mat4, Program, Texture2D, TextureData, Vec3, Vec4, Wrapping, vec3};

/// Directions that are looked from; `room.frag` has the same number.
const WAYS: usize = 32;
/// Radiance of the brightest texel of a room's picture: a texel is the square root of its share.
const PEAK: f32 = 16.0;
/// Pixels of a map's side.
const SIZE: u32 = 256;

/// Where things stand when it is not the studio.
pub trait House {
    /// What lights things in it.
    fn program(&self) -> &Program;
    /// Tells the program about the place.
    fn tell(&self);
    /// Looks at what `bounds` hold from all around; `draw` draws it under a matrix into a map of so many pixels a side.
    fn look(&mut self, bounds: Bounds, draw: &dyn Fn(&Mat4, u32));
}

/// Makes a house of a picture; the vertex shader and the half of the fragment shader that does not light come from the view.
pub type Maker = fn(&Context, &Picture, [&str; 2]) -> Option<Box<dyn House>>;

/// Makes a room of its picture (see `frontend/light/make.py`); `None` when the picture or the driver does not allow it.
#[must_use]
pub fn room(context: &Context, picture: &Picture, [vertex, fragment]: [&str; 2]) -> Option<Box<dyn House>> {
    if picture.rgba.len() != (picture.width * picture.height) as usize {
        return None;
    }
    let program = Program::from_source(context, vertex, &[fragment, include_str!(concat!(env!("OUT_DIR"), "/room.frag"))].concat()).ok()?;
    Some(Box::new(Room::new(context, program, picture)))
}

struct Room {
    program: Program,
    picture: Texture2D,
    maps: DepthTexture2DArray,
    ways: Vec<Vec4>,
    matrices: Vec<Mat4>,
}

/// Directions all around, evenly (a Fibonacci spiral), and how light the room is there.
fn ways() -> Vec<Vec4> {
    (0..WAYS)
        .map(|i| {
            #[allow(clippy::cast_precision_loss)]
            let (i, n) = (i as f32, WAYS as f32);
            let z = 1.0 - (2.0 * i + 1.0) / n;
            let (sin, cos) = (i * 2.399_963_2).sin_cos();
            let flat = (1.0 - z * z).sqrt();
            let way = vec3(flat * cos, flat * sin, z);
            let light = ROOM.received(way.into()).iter().sum::<f32>();
            way.extend(light)
        })
        .collect()
}

impl Room {
    fn new(context: &Context, program: Program, picture: &Picture) -> Self {
        let (wrap_s, wrap_t) = (Wrapping::ClampToEdge, Wrapping::ClampToEdge);
        let data = TextureData::RgbaU8(picture.rgba.clone());
        let (width, height) = (picture.width, picture.height);
        // Before the first look nothing hides anything: all points lie before what the maps hold.
        let mut unseen = Mat4::from_scale(0.0);
        unseen.w.z = -2.0;
        Self {
            program,
            picture: Texture2D::new(context, &CpuTexture { data, width, height, mipmap: None, wrap_s, wrap_t, ..CpuTexture::default() }),
            maps: DepthTexture2DArray::new::<f32>(context, SIZE, SIZE, WAYS as u32, wrap_s, wrap_t),
            ways: ways(),
            matrices: vec![unseen; WAYS],
        }
    }
}

impl House for Room {
    fn program(&self) -> &Program {
        &self.program
    }

    fn tell(&self) {
        let p = &self.program;
        p.use_uniform("peak", PEAK);
        p.use_uniform_array("received", &ROOM.received.map(Vec3::from));
        p.use_texture("room", &self.picture);
        p.use_uniform_array("ways", &self.ways);
        p.use_uniform_array("way_matrices", &self.matrices);
        p.use_depth_texture_array("way_maps", &self.maps);
    }

    fn look(&mut self, bounds: Bounds, draw: &dyn Fn(&Mat4, u32)) {
        for (layer, way) in self.ways.iter().enumerate() {
            let matrix = light_matrix(bounds, -way.truncate());
            let _ = self.maps.as_depth_target(layer as u32).clear(ClearState::depth(1.0)).write::<CoreError>(|| {
                draw(&matrix, SIZE);
                Ok(())
            });
            self.matrices[layer] = matrix;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{WAYS, ways};
    use three_d::{InnerSpace, Vec3, Zero};

    #[test]
    fn ways_lead_all_around_evenly_and_the_shader_knows_how_many() {
        let ways = ways();
        assert!(include_str!("shaders/room.frag").contains(&format!("ways[{WAYS}]")));
        let sum = ways.iter().fold(Vec3::zero(), |sum, w| sum + w.truncate());
        assert!(sum.magnitude() < 1.0, "{sum:?}");
        assert!(ways.iter().all(|w| (w.truncate().magnitude() - 1.0).abs() < 1e-4 && w.w > 0.3), "{ways:?}");
        // From anywhere one is near.
        for k in 0..500 {
            let (z, turn) = (((k * 37) % 500) as f32 / 250.0 - 1.0, k as f32);
            let to = Vec3::new((1.0 - z * z).sqrt() * turn.cos(), (1.0 - z * z).sqrt() * turn.sin(), z);
            let nearest = ways.iter().map(|w| w.truncate().dot(to)).fold(-1.0, f32::max);
            assert!(nearest > 0.85, "{to:?}: {nearest}");
        }
    }
}
