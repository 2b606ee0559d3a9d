//! Opened and taken apart: where each thing of a scene goes.

use crate::camera::{Bounds, corners, ease};
use scene::{Joint, Scene};
use three_d::{Mat4, SquareMatrix, Vec3, degrees, vec3};

/// How long doors and drawers take, milliseconds.
const OPEN_MS: f64 = 620.0;

/// A share between 0 and 1 that glides.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Glide {
    now: f32,
    from: f32,
    to: f32,
    start_ms: f64,
}

impl Glide {
    fn start(&mut self, to: f32, now_ms: f64, still: bool) {
        *self = Self { now: if still { to } else { self.now }, from: self.now, to, start_ms: now_ms };
    }

    #[allow(clippy::cast_possible_truncation)]
    fn step(&mut self, now_ms: f64) -> bool {
        if self.now.to_bits() == self.to.to_bits() {
            return false;
        }
        let share = (now_ms - self.start_ms) / OPEN_MS;
        self.now = if share >= 1.0 { self.to } else { self.from + (self.to - self.from) * ease(share.max(0.0)) as f32 };
        true
    }
}

/// How far a scene is opened and taken apart.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moves {
    open: Glide,
    apart: Glide,
}

impl Moves {
    /// Begins to open (1) or close (0).
    pub fn open(&mut self, to: f32, now_ms: f64, still: bool) {
        self.open.start(to, now_ms, still);
    }

    /// Begins to take apart (1) or put together (0).
    pub fn apart(&mut self, to: f32, now_ms: f64, still: bool) {
        self.apart.start(to, now_ms, still);
    }

    /// Goes on; true while something moves.
    pub fn step(&mut self, now_ms: f64) -> bool {
        let open = self.open.step(now_ms);
        self.apart.step(now_ms) || open
    }

    /// Where each item is now; empty when all are where the scene says.
    #[must_use]
    pub fn places(&self, scene: &Scene) -> Vec<Mat4> {
        places(scene, self.open.now, self.apart.now)
    }

    /// The box around everything once nothing moves any more.
    #[must_use]
    pub fn reach(&self, scene: &Scene, bounds: Bounds) -> Bounds {
        let places = places(scene, self.open.to, self.apart.to);
        let mut reach = bounds;
        for (item, place) in scene.items.iter().zip(&places) {
            for corner in item.mesh.bounds().map(corners).into_iter().flatten() {
                let at: [f32; 3] = (place * corner.extend(1.0)).truncate().into();
                for (k, v) in at.into_iter().enumerate() {
                    reach.0[k] = reach.0[k].min(v);
                    reach.1[k] = reach.1[k].max(v);
                }
            }
        }
        // Lamps and floor belong to the floor.
        reach.0[2] = bounds.0[2];
        reach
    }
}

/// Whether something of a scene can be opened.
#[must_use]
pub fn opens(scene: &Scene) -> bool {
    scene.items.iter().any(|i| i.joint.is_some_and(|j| j.angle_deg.abs() > 0.0 || j.slide.iter().any(|s| s.abs() > 0.0)))
}

fn places(scene: &Scene, open: f32, apart: f32) -> Vec<Mat4> {
    if open <= 0.0 && apart <= 0.0 {
        return Vec::new();
    }
    let apart = if apart > 0.0 { scene.apart(apart) } else { Vec::new() };
    let away = |i: usize| apart.get(i).map_or_else(Mat4::identity, |by| Mat4::from_translation((*by).into()));
    scene
        .items
        .iter()
        .enumerate()
        .map(|(i, item)| away(i) * item.joint.filter(|_| open > 0.0).map_or_else(Mat4::identity, |joint| swung(&joint, open)))
        .collect()
}

/// A joint opened by a share of its way.
fn swung(joint: &Joint, share: f32) -> Mat4 {
    let [a, b] = joint.about;
    let (line, axis) = match joint.axis {
        0 => (vec3(0.0, a, b), Vec3::unit_x()),
        1 => (vec3(a, 0.0, b), Vec3::unit_y()),
        _ => (vec3(a, b, 0.0), Vec3::unit_z()),
    };
    let turn = Mat4::from_axis_angle(axis, degrees(joint.angle_deg * share));
    Mat4::from_translation(Vec3::from(joint.slide) * share) * Mat4::from_translation(line) * turn * Mat4::from_translation(-line)
}

#[cfg(test)]
mod tests {
    use super::{Moves, OPEN_MS, opens, swung};
    use scene::{Item, Joint, Mesh, PickId, Scene};
    use three_d::vec4;

    fn item(id: &str, at: [f32; 3], joint: Option<Joint>) -> Item {
        let positions = vec![at, [at[0] + 100.0, at[1] + 10.0, at[2] + 200.0]];
        let mesh = Mesh { normals: vec![[0.0, 0.0, 1.0]; 2], uvs: vec![[0.0; 2]; 2], indices: vec![0, 1, 0], positions };
        Item { pick: PickId(0), id: id.into(), name: id.into(), mesh, material: 0, joint }
    }

    fn cabinet() -> Scene {
        let drawer = Joint { axis: 2, slide: [0.0, -300.0, 0.0], ..Joint::default() };
        Scene { materials: vec![], items: vec![item("side", [0.0; 3], None), item("drawer", [0.0, 0.0, 300.0], Some(drawer))] }
    }

    #[test]
    fn a_door_swings_about_its_hinge_and_a_flap_upwards() {
        let door = Joint { axis: 2, about: [10.0, 5.0], angle_deg: -90.0, slide: [0.0; 3] };
        let at = swung(&door, 1.0) * vec4(110.0, 5.0, 7.0, 1.0);
        assert!((at.x - 10.0).abs() < 1e-3 && (at.y + 95.0).abs() < 1e-3 && (at.z - 7.0).abs() < 1e-3, "towards the front: {at:?}");
        let flap = Joint { axis: 0, about: [5.0, 200.0], angle_deg: -90.0, slide: [0.0; 3] };
        let at = swung(&flap, 1.0) * vec4(1.0, 5.0, 0.0, 1.0);
        assert!((at.y + 195.0).abs() < 1e-3 && (at.z - 200.0).abs() < 1e-3, "its lower edge comes up in front: {at:?}");
    }

    #[test]
    fn it_opens_in_its_time_and_reaches_further() {
        let scene = cabinet();
        assert!(opens(&scene) && !opens(&Scene::default()));
        let bounds = scene.bounds().expect("a box");
        let mut moves = Moves::default();
        assert!(moves.places(&scene).is_empty() && !moves.step(0.0));
        moves.open(1.0, 1000.0, false);
        assert!((moves.reach(&scene, bounds).0[1] + 300.0).abs() < 1e-3, "where it will be");
        assert!(moves.step(1000.0 + OPEN_MS / 2.0));
        let half = moves.places(&scene)[1].w.y;
        assert!(half < -10.0 && half > -299.0, "{half}");
        assert!(moves.step(1000.0 + OPEN_MS) && !moves.step(5000.0));
        assert!((moves.places(&scene)[1].w.y + 300.0).abs() < 1e-3);
        moves.open(0.0, 6000.0, true);
        assert!(moves.places(&scene).is_empty(), "at once where motion is not wanted");
    }

    #[test]
    fn taken_apart_nothing_sinks_below_the_floor() {
        let scene = cabinet();
        let bounds = scene.bounds().expect("a box");
        let mut moves = Moves::default();
        moves.apart(1.0, 0.0, true);
        let reach = moves.reach(&scene, bounds);
        assert!((reach.0[2] - bounds.0[2]).abs() < 1e-3 && reach.1[2] > bounds.1[2] + 100.0, "{reach:?}");
    }
}
