//! The exact model at its real size in the room around a person, as the eyes of an XR session see it. Who runs the session says where it stands.
//!
//! Spaces and matrices are those of the W3C's WebXR Device API: metres, Y up, column-major.

use crate::camera::{Bounds, centre};
use crate::gpu::Eye;
use crate::{glb, images, view};
use scene::Scene;
use std::future::Future;
use std::pin::Pin;
use three_d::{Mat4, Point3, Rad, SquareMatrix, Transform, Vec3, Viewport, vec3, vec4};
use wasm_bindgen::JsCast;
use web_sys::HtmlCanvasElement;

/// Numbers that an eye is told in: view matrix, projection matrix, and its part of the frame (x, y, width, height).
pub const EYE: usize = 36;

/// Draws what eyes see ([`EYE`] numbers each) into the bound frame of so many pixels.
pub type Draw = Box<dyn FnMut((u32, u32), &[f32], Place)>;

/// Reads a GLB and makes it ready to be drawn on a canvas. `None`: the file can't be read, or the canvas gives no WebGL 2.
pub type Maker = fn(HtmlCanvasElement, Vec<u8>) -> Pin<Box<dyn Future<Output = Option<Draw>>>>;

/// Where a model stands: the middle of its underside in the room (metres), and how far it is turned about the vertical (radians; 0: its front looks
/// towards +Z).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    /// Metres.
    pub at: [f32; 3],
    /// Radians.
    pub turn: f32,
}

/// A [`Maker`].
#[must_use]
pub fn stand(canvas: HtmlCanvasElement, file: Vec<u8>) -> Pin<Box<dyn Future<Output = Option<Draw>>>> {
    Box::pin(async move {
        let model = glb::parse(&file).ok()?;
        let bounds = glb::bounds(&model)?;
        let mut pictures = Vec::with_capacity(model.images.len());
        for image in &model.images {
            pictures.push(images::decode(image).await);
        }
        let gl = canvas.get_context("webgl2").ok()??.dyn_into().ok()?;
        let mut renderer = view::make_renderer(gl)?;
        renderer.set_exact(&model, &pictures, None, &Scene::default());
        renderer.finish(bounds);
        let draw: Draw = Box::new(move |device, eyes, place| {
            let room = into_room(bounds, place);
            let eyes: Vec<Eye> = eyes.as_chunks::<EYE>().0.iter().filter_map(|numbers| eye(numbers, room)).collect();
            renderer.show(&eyes, bounds, device);
        });
        Some(draw)
    })
}

/// From the product's millimetres (Z up, front towards −Y) into the room.
fn into_room((lo, hi): Bounds, place: Place) -> Mat4 {
    let middle = centre((lo, hi));
    let metres = Mat4::from_cols(vec4(0.001, 0.0, 0.0, 0.0), vec4(0.0, 0.0, -0.001, 0.0), vec4(0.0, 0.001, 0.0, 0.0), vec4(0.0, 0.0, 0.0, 1.0));
    Mat4::from_translation(Vec3::from(place.at)) * Mat4::from_angle_y(Rad(place.turn)) * metres * Mat4::from_translation(vec3(-middle[0], -middle[1], -lo[2]))
}

/// An eye of the session, as the product sees it. `None` when it sees nothing.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Pixels.
fn eye(numbers: &[f32; EYE], room: Mat4) -> Option<Eye> {
    let matrix = |from: usize| {
        let column = |i: usize| vec4(numbers[from + i], numbers[from + i + 1], numbers[from + i + 2], numbers[from + i + 3]);
        Mat4::from_cols(column(0), column(4), column(8), column(12))
    };
    let (view, projection) = (matrix(0), matrix(16));
    let seen = view * room;
    let at = seen.invert()?.transform_point(Point3::new(0.0, 0.0, 0.0));
    let [x, y, width, height] = [32, 33, 34, 35].map(|i| numbers[i]);
    if width < 1.0 || height < 1.0 {
        return None;
    }
    let viewport = Viewport { x: x as i32, y: y as i32, width: width as u32, height: height as u32 };
    Some(Eye { matrix: projection * seen, at: vec3(at.x, at.y, at.z), viewport, floor: if at.z > 0.0 { 1.0 } else { 0.0 } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use three_d::{Vec4, degrees, perspective};

    const DESK: Bounds = ([-900.0, -400.0, 0.0], [900.0, 400.0, 740.0]);

    fn near(a: Vec4, b: [f32; 3]) {
        assert!((a.x - b[0]).abs() + (a.y - b[1]).abs() + (a.z - b[2]).abs() < 1e-4, "{a:?} instead of {b:?}");
    }

    #[test]
    fn it_stands_on_the_floor_at_its_real_size_and_its_front_turns() {
        let room = into_room(DESK, Place { at: [1.0, 0.0, -3.0], turn: 0.0 });
        near(room * vec4(0.0, 0.0, 0.0, 1.0), [1.0, 0.0, -3.0]);
        near(room * vec4(-900.0, -400.0, 740.0, 1.0), [0.1, 0.74, -2.6]);
        // A quarter to the left of whoever looks along −Z: the front looks along +X.
        let turned = into_room(DESK, Place { at: [0.0; 3], turn: std::f32::consts::FRAC_PI_2 });
        near(turned * vec4(0.0, -400.0, 0.0, 1.0), [0.4, 0.0, 0.0]);
        // Wherever its file has its origin.
        let elsewhere = into_room(([100.0, 100.0, 50.0], [300.0, 500.0, 150.0]), Place::default());
        near(elsewhere * vec4(200.0, 300.0, 50.0, 1.0), [0.0, 0.0, 0.0]);
    }

    #[test]
    fn an_eye_of_the_room_is_an_eye_of_the_product() {
        let view = Mat4::from_translation(vec3(0.0, -1.6, 0.0));
        let projection = perspective(degrees(90.0), 1.0, 0.1, 100.0);
        let mut numbers = [0.0; EYE];
        numbers[..16].copy_from_slice(AsRef::<[f32; 16]>::as_ref(&view));
        numbers[16..32].copy_from_slice(AsRef::<[f32; 16]>::as_ref(&projection));
        numbers[34..].copy_from_slice(&[800.0, 600.0]);
        let eye = eye(&numbers, into_room(DESK, Place { at: [0.0, 0.0, -3.0], turn: 0.0 })).expect("an eye");
        // Three metres in front of the desk, at 1.6 m.
        assert!((eye.at - vec3(0.0, -3000.0, 1600.0)).x.abs() < 0.5 && (eye.at.y + 3000.0).abs() < 1.0 && (eye.at.z - 1600.0).abs() < 1.0, "{:?}", eye.at);
        // At ninety degrees the picture is as wide as twice the distance: the front edge, 2.6 m away and 1.8 m wide, takes 1.8 / 5.2 of it.
        let clip = |x: f32| eye.matrix * vec4(x, -400.0, 740.0, 1.0);
        let (left, right) = (clip(-900.0), clip(900.0));
        assert!(((right.x / right.w - left.x / left.w) / 2.0 - 1.8 / 5.2).abs() < 1e-4);
        assert_eq!((eye.viewport.width, eye.viewport.height, eye.floor), (800, 600, 1.0));
    }
}
