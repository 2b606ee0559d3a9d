//! The camera: a pose around a target, limits, fitting, and easing between poses. No GPU, no clock: time is handed in.

use three_d::{InnerSpace, Mat4, SquareMatrix, Vec3, Vec4, perspective, vec3};

pub use scene::frame::{Bounds, FIELD_OF_VIEW, HOME_AZIMUTH, HOME_ELEVATION};
use scene::frame::{FRAME, axes, stand};

/// Where the camera is. Angles in radians, lengths in millimetres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Point looked at.
    pub target: [f32; 3],
    /// 0 looks at the front (which faces −Y); grows as the camera goes to the left of the product.
    pub azimuth: f32,
    /// Above the horizon.
    pub elevation: f32,
    /// From the target.
    pub distance: f32,
}

/// Milliseconds from one pose to the next.
pub const CAMERA_MS: f64 = 420.0;

const LOWEST: f32 = -0.12;
const HIGHEST: f32 = 1.5;

/// Middle of a box.
#[must_use]
pub fn centre(bounds: Bounds) -> [f32; 3] {
    let (lo, hi) = bounds;
    [(lo[0] + hi[0]) / 2.0, (lo[1] + hi[1]) / 2.0, (lo[2] + hi[2]) / 2.0]
}

/// Length of a box's diagonal, at least 1 mm.
#[must_use]
pub fn diagonal(bounds: Bounds) -> f32 {
    let (lo, hi) = bounds;
    (0..3).map(|k| (hi[k] - lo[k]).powi(2)).sum::<f32>().sqrt().max(1.0)
}

impl Pose {
    /// The first look at a box: front, upper left, whole.
    #[must_use]
    pub fn home(bounds: Bounds, size: [f32; 2]) -> Self {
        Self { target: centre(bounds), azimuth: HOME_AZIMUTH, elevation: HOME_ELEVATION, distance: diagonal(bounds) * 3.0 }.fitted(bounds, size)
    }

    /// Direction from the target to the eye.
    #[must_use]
    pub fn outward(&self) -> Vec3 {
        axes(self.azimuth, self.elevation)[2].into()
    }

    /// Where the eye is.
    #[must_use]
    pub fn eye(&self) -> Vec3 {
        Vec3::from(self.target) + self.outward() * self.distance
    }

    /// Right and up of the picture, unit vectors in product space.
    #[must_use]
    pub fn axes(&self) -> (Vec3, Vec3) {
        let [right, up, _] = axes(self.azimuth, self.elevation);
        (right.into(), up.into())
    }

    /// World → view.
    #[must_use]
    pub fn view(&self) -> Mat4 {
        let (right, up) = self.axes();
        let out = self.outward();
        let eye = self.eye();
        Mat4::new(right.x, up.x, out.x, 0.0, right.y, up.y, out.y, 0.0, right.z, up.z, out.z, 0.0, -right.dot(eye), -up.dot(eye), -out.dot(eye), 1.0)
    }

    /// World → clip, for a picture of `size` pixels and things of about `reach` millimetres around the target.
    #[must_use]
    pub fn projection_view(&self, size: [f32; 2], reach: f32) -> Mat4 {
        let near = (self.distance - reach * 1.6).max(self.distance * 0.02).max(1.0);
        let far = self.distance + reach * 4.0;
        perspective(three_d::radians(FIELD_OF_VIEW), size[0].max(1.0) / size[1].max(1.0), near, far) * self.view()
    }

    /// The same direction, as near as the box still fits the frame, with the box's picture in the middle.
    #[must_use]
    pub fn fitted(mut self, bounds: Bounds, size: [f32; 2]) -> Self {
        (self.target, self.distance) = stand(self.target, bounds, axes(self.azimuth, self.elevation), frame_tangents(size));
        self
    }

    /// How much of the frame the box fills at this pose: 1 touches the frame's edge.
    #[must_use]
    pub fn filling(&self, bounds: Bounds, size: [f32; 2]) -> f32 {
        let tangent = frame_tangents(size);
        let (right, up) = self.axes();
        let out = self.outward();
        let target = Vec3::from(self.target);
        corners(bounds)
            .iter()
            .map(|c| {
                let v = c - target;
                let depth = (self.distance - v.dot(out)).max(1.0);
                (v.dot(right).abs() / depth / tangent[0]).max(v.dot(up).abs() / depth / tangent[1])
            })
            .fold(0.0, f32::max)
    }

    /// Turned by a drag of CSS pixels; stays above the floor and below the zenith.
    #[must_use]
    pub fn turned(mut self, dx: f32, dy: f32) -> Self {
        self.azimuth = wrap(self.azimuth + dx * 0.0075);
        self.elevation = (self.elevation + dy * 0.006).clamp(LOWEST, HIGHEST);
        self
    }

    /// Moved along the picture by CSS pixels of a picture `height` pixels high.
    #[must_use]
    pub fn moved(mut self, dx: f32, dy: f32, height: f32) -> Self {
        let per_pixel = 2.0 * self.distance * (FIELD_OF_VIEW / 2.0).tan() / height.max(1.0);
        let (right, up) = self.axes();
        self.target = (Vec3::from(self.target) - right * (dx * per_pixel) + up * (dy * per_pixel)).into();
        self
    }

    /// Closer by `factor` about a point given as share of the picture from its middle (−1 … 1, right and up).
    #[must_use]
    pub fn zoomed(mut self, factor: f32, at: [f32; 2], size: [f32; 2], bounds: Bounds) -> Self {
        let reach = diagonal(bounds);
        let distance = (self.distance / factor.clamp(0.1, 10.0)).clamp(reach * 0.35, reach * 9.0);
        let half = (FIELD_OF_VIEW / 2.0).tan();
        let (right, up) = self.axes();
        // The point under the pointer, in the plane through the target, stays under the pointer.
        let slide = self.distance - distance;
        let aspect = size[0].max(1.0) / size[1].max(1.0);
        self.target = (Vec3::from(self.target) + right * (at[0] * half * aspect * slide) + up * (at[1] * half * slide)).into();
        self.distance = distance;
        self
    }

    /// Between two poses, the short way round.
    #[must_use]
    pub fn between(a: &Self, b: &Self, share: f32) -> Self {
        let mix = |x: f32, y: f32| x + (y - x) * share;
        Self {
            target: [mix(a.target[0], b.target[0]), mix(a.target[1], b.target[1]), mix(a.target[2], b.target[2])],
            azimuth: wrap(a.azimuth + wrap(b.azimuth - a.azimuth) * share),
            elevation: mix(a.elevation, b.elevation),
            // Zooming looks even when the logarithm moves evenly.
            distance: (mix(a.distance.max(1.0).ln(), b.distance.max(1.0).ln())).exp(),
        }
    }

    /// Words for the side that is seen, e.g. `front, upper left`.
    #[must_use]
    pub fn words(&self) -> String {
        let names = ["front", "front, left", "left side", "back, left", "back", "back, right", "right side", "front, right"];
        let eighth = (wrap(self.azimuth) / (std::f32::consts::PI / 4.0)).round();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let side = names[(eighth.rem_euclid(8.0)) as usize % 8];
        if self.elevation > 1.2 {
            return "from above".to_owned();
        }
        let height = if self.elevation > 0.15 {
            ", from above"
        } else if self.elevation < -0.03 {
            ", from below"
        } else {
            ""
        };
        format!("{side}{height}")
    }
}

/// An angle in −π … π.
#[must_use]
pub fn wrap(angle: f32) -> f32 {
    let turn = std::f32::consts::TAU;
    let a = angle.rem_euclid(turn);
    if a > turn / 2.0 { a - turn } else { a }
}

/// Tangents of the half angles that the product may fill: 80 × 74 % of the largest 4:3 frame in the picture.
fn frame_tangents(size: [f32; 2]) -> [f32; 2] {
    let half = (FIELD_OF_VIEW / 2.0).tan();
    let (w, h) = (size[0].max(1.0), size[1].max(1.0));
    let frame_width = (w * 0.94).min(h * 0.94 * 4.0 / 3.0);
    let frame_height = frame_width * 0.75;
    [half * frame_width * FRAME[0] / h, half * frame_height * FRAME[1] / h]
}

/// The eight corners of a box.
#[must_use]
pub fn corners(bounds: Bounds) -> [Vec3; 8] {
    let (lo, hi) = bounds;
    std::array::from_fn(|i| vec3(if i & 1 == 0 { lo[0] } else { hi[0] }, if i & 2 == 0 { lo[1] } else { hi[1] }, if i & 4 == 0 { lo[2] } else { hi[2] }))
}

/// A point in CSS pixels of the picture, from its upper left; `None` behind the eye.
#[must_use]
pub fn project(matrix: &Mat4, size: [f32; 2], point: Vec3) -> Option<[f32; 2]> {
    let clip: Vec4 = matrix * point.extend(1.0);
    (clip.w > 1e-3).then(|| [(clip.x / clip.w * 0.5 + 0.5) * size[0], (0.5 - clip.y / clip.w * 0.5) * size[1]])
}

/// `cubic-bezier(0.5, 0, 0.1, 1)`: the house curve for cameras.
#[must_use]
pub fn ease(share: f64) -> f64 {
    let t = share.clamp(0.0, 1.0);
    let bezier = |s: f64, a: f64, b: f64| 3.0 * (1.0 - s).powi(2) * s * a + 3.0 * (1.0 - s) * s * s * b + s.powi(3);
    let (mut lo, mut hi) = (0.0, 1.0);
    for _ in 0..24 {
        let mid = (lo + hi) / 2.0;
        if bezier(mid, 0.5, 0.1) < t { lo = mid } else { hi = mid }
    }
    bezier((lo + hi) / 2.0, 0.0, 1.0)
}

/// A move from one pose to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Move {
    from: Pose,
    to: Pose,
    start_ms: f64,
}

/// The camera of a view: present pose, the move under way, and whether the person has taken it.
#[derive(Clone, Copy, Debug)]
pub struct Rig {
    pose: Pose,
    under_way: Option<Move>,
    home: bool,
}

impl Rig {
    /// At home before a box.
    #[must_use]
    pub fn new(bounds: Bounds, size: [f32; 2]) -> Self {
        Self { pose: Pose::home(bounds, size), under_way: None, home: true }
    }

    /// Present pose.
    #[must_use]
    pub fn pose(&self) -> Pose {
        self.pose
    }

    /// Goes on with the move; true while there is one.
    pub fn step(&mut self, now_ms: f64) -> bool {
        let Some(m) = self.under_way else { return false };
        let share = (now_ms - m.start_ms) / CAMERA_MS;
        if share >= 1.0 {
            self.pose = m.to;
            self.under_way = None;
            return false;
        }
        #[allow(clippy::cast_possible_truncation)]
        let eased = ease(share) as f32;
        self.pose = Pose::between(&m.from, &m.to, eased);
        true
    }

    /// Takes a pose at once: a drag is its own motion.
    pub fn take(&mut self, change: impl FnOnce(Pose) -> Pose) {
        let from = self.under_way.take().map_or(self.pose, |_| self.pose);
        self.pose = change(from);
        self.home = false;
    }

    /// Goes to a pose, eased, or at once where motion is not wanted.
    pub fn go(&mut self, change: impl FnOnce(Pose) -> Pose, now_ms: f64, still: bool) {
        // Steps add up: the next begins from where the one under way was going.
        let to = change(self.under_way.map_or(self.pose, |m| m.to));
        self.home = false;
        self.start(to, now_ms, still);
    }

    /// Back to the first look.
    pub fn reset(&mut self, bounds: Bounds, size: [f32; 2], now_ms: f64, still: bool) {
        self.start(Pose::home(bounds, size), now_ms, still);
        self.home = true;
    }

    fn start(&mut self, to: Pose, now_ms: f64, still: bool) {
        if still {
            self.pose = to;
            self.under_way = None;
        } else {
            self.under_way = Some(Move { from: self.pose, to, start_ms: now_ms });
        }
    }

    /// The product changed its box from `old`: the picture follows its middle at once and keeps its scale, so that a wider top looks
    /// wider; only a product that leaves the frame, or gets lost in it, makes a camera at home step back or come closer.
    pub fn follow(&mut self, old: Bounds, new: Bounds, size: [f32; 2], now_ms: f64, still: bool) {
        let (a, b) = (centre(old), centre(new));
        let shift = |mut pose: Pose| {
            for k in 0..3 {
                pose.target[k] += b[k] - a[k];
            }
            pose
        };
        self.pose = shift(self.pose);
        if let Some(m) = &mut self.under_way {
            m.from = shift(m.from);
            m.to = shift(m.to);
        }
        if self.home {
            let aim = self.under_way.map_or(self.pose, |m| m.to);
            if !(0.62..=1.06).contains(&aim.filling(new, size)) {
                self.start(Pose::home(new, size), now_ms, still);
            }
        }
    }

    /// The product opens or closes: a camera at home steps back as far as it must, or comes home.
    pub fn refit(&mut self, bounds: Bounds, size: [f32; 2], now_ms: f64, still: bool) {
        if self.home {
            self.start(Pose::home(bounds, size), now_ms, still);
        }
    }

    /// The picture changed its size: a camera at home fits again at once.
    pub fn resized(&mut self, bounds: Bounds, size: [f32; 2]) {
        if self.home {
            self.pose = Pose::home(bounds, size);
            self.under_way = None;
        }
    }
}

/// Looks along `direction` at a box, orthographically: world → clip with the box inside. For light.
#[must_use]
pub fn light_matrix(bounds: Bounds, direction: Vec3) -> Mat4 {
    let out = -direction.normalize();
    let side = if out.z.abs() > 0.95 { vec3(0.0, 1.0, 0.0) } else { vec3(0.0, 0.0, 1.0) };
    let right = side.cross(out).normalize();
    let up = out.cross(right);
    let (mut lo, mut hi) = ([f32::MAX; 3], [f32::MIN; 3]);
    for c in corners(bounds) {
        for (k, v) in [c.dot(right), c.dot(up), c.dot(out)].into_iter().enumerate() {
            lo[k] = lo[k].min(v);
            hi[k] = hi[k].max(v);
        }
    }
    let scale = |k: usize| 2.0 / (hi[k] - lo[k]).max(1.0);
    let middle = |k: usize| (hi[k] + lo[k]) / 2.0;
    let (sx, sy, sz) = (scale(0), scale(1), -scale(2));
    let mut m = Mat4::identity();
    for (column, axis) in [(0, right.x), (1, right.y), (2, right.z)] {
        m[column].x = axis * sx;
    }
    for (column, axis) in [(0, up.x), (1, up.y), (2, up.z)] {
        m[column].y = axis * sy;
    }
    for (column, axis) in [(0, out.x), (1, out.y), (2, out.z)] {
        m[column].z = axis * sz;
    }
    m[3] = three_d::vec4(-middle(0) * sx, -middle(1) * sy, -middle(2) * sz, 1.0);
    m
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESK: Bounds = ([0.0, 0.0, 0.0], [1800.0, 800.0, 740.0]);
    const SIZE: [f32; 2] = [1036.0, 780.0];

    #[test]
    fn the_first_look_shows_everything_inside_the_frame_and_in_the_middle() {
        for bounds in [DESK, ([0.0; 3], [600.0, 560.0, 720.0]), ([-200.0, -100.0, 1400.0], [400.0, 380.0, 2400.0])] {
            for size in [SIZE, [390.0, 352.0], [352.0, 900.0]] {
                let pose = Pose::home(bounds, size);
                let matrix = pose.projection_view(size, diagonal(bounds));
                let seen = corners(bounds).map(|c| project(&matrix, size, c).expect("in front"));
                let (mut lo, mut hi) = ([f32::MAX; 2], [f32::MIN; 2]);
                for s in seen {
                    for k in 0..2 {
                        lo[k] = lo[k].min(s[k]);
                        hi[k] = hi[k].max(s[k]);
                    }
                }
                assert!(lo[0] > 0.0 && lo[1] > 0.0 && hi[0] < size[0] && hi[1] < size[1], "{bounds:?} {size:?} {lo:?} {hi:?}");
                assert!(((lo[0] + hi[0]) / 2.0 - size[0] / 2.0).abs() < 6.0, "{lo:?} {hi:?}");
                assert!(((lo[1] + hi[1]) / 2.0 - size[1] / 2.0).abs() < 6.0, "{lo:?} {hi:?}");
                assert!((pose.filling(bounds, size) - 1.0).abs() < 0.05, "{}", pose.filling(bounds, size));
            }
        }
    }

    #[test]
    fn the_first_look_comes_from_the_front_upper_left() {
        let pose = Pose::home(DESK, SIZE);
        let eye = pose.eye();
        assert!(eye.x < 900.0 && eye.y < 0.0 && eye.z > 740.0, "{eye:?}");
        assert_eq!(pose.words(), "front, left, from above");
        // Right of the product is right in the picture, up is up.
        let matrix = pose.projection_view(SIZE, 2000.0);
        let left = project(&matrix, SIZE, vec3(0.0, 0.0, 0.0)).expect("seen");
        let right = project(&matrix, SIZE, vec3(1800.0, 0.0, 0.0)).expect("seen");
        let top = project(&matrix, SIZE, vec3(0.0, 0.0, 740.0)).expect("seen");
        assert!(left[0] < right[0] && top[1] < left[1]);
    }

    #[test]
    fn turning_stays_between_floor_and_zenith_and_wraps() {
        let pose = Pose::home(DESK, SIZE);
        assert!(pose.turned(0.0, 1e5).elevation <= HIGHEST);
        assert!(pose.turned(0.0, -1e5).elevation >= LOWEST);
        assert!(pose.turned(1e5, 0.0).azimuth.abs() <= std::f32::consts::PI + 1e-4);
    }

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        let pose = Pose::home(DESK, SIZE);
        let at = [0.5, -0.25];
        let half = (FIELD_OF_VIEW / 2.0).tan();
        let (right, up) = pose.axes();
        let under = Vec3::from(pose.target) + right * (at[0] * half * SIZE[0] / SIZE[1] * pose.distance) + up * (at[1] * half * pose.distance);
        let before = project(&pose.projection_view(SIZE, 2000.0), SIZE, under).expect("seen");
        let near = pose.zoomed(1.7, at, SIZE, DESK);
        let after = project(&near.projection_view(SIZE, 2000.0), SIZE, under).expect("seen");
        assert!((before[0] - after[0]).abs() < 0.5 && (before[1] - after[1]).abs() < 0.5, "{before:?} {after:?}");
        assert!(near.distance < pose.distance);
        assert!(pose.zoomed(1e9, at, SIZE, DESK).distance >= diagonal(DESK) * 0.34);
    }

    #[test]
    fn panning_moves_the_picture_with_the_hand() {
        let pose = Pose::home(DESK, SIZE);
        let point = Vec3::from(pose.target);
        let moved = pose.moved(40.0, 25.0, SIZE[1]);
        let after = project(&moved.projection_view(SIZE, 2000.0), SIZE, point).expect("seen");
        assert!((after[0] - SIZE[0] / 2.0 - 40.0).abs() < 0.5 && (after[1] - SIZE[1] / 2.0 - 25.0).abs() < 0.5, "{after:?}");
    }

    #[test]
    fn a_wider_top_looks_wider_until_it_leaves_the_frame() {
        let mut rig = Rig::new(DESK, SIZE);
        let before = rig.pose();
        let wider = ([0.0; 3], [1850.0, 800.0, 740.0]);
        rig.follow(DESK, wider, SIZE, 0.0, false);
        assert!((rig.pose().distance - before.distance).abs() < 0.01, "same scale");
        assert!((rig.pose().target[0] - before.target[0] - 25.0).abs() < 0.01, "stays in the middle");
        assert!(!rig.step(1.0), "no motion");
        let huge = ([0.0; 3], [4000.0, 800.0, 740.0]);
        rig.follow(wider, huge, SIZE, 0.0, false);
        assert!(rig.step(100.0), "the camera steps back");
        assert!(!rig.step(500.0));
        assert!((rig.pose().filling(huge, SIZE) - 1.0).abs() < 0.05);
    }

    #[test]
    fn a_camera_in_somebodys_hand_stays_there() {
        let mut rig = Rig::new(DESK, SIZE);
        rig.take(|p| p.turned(50.0, 0.0));
        let taken = rig.pose();
        rig.follow(DESK, ([0.0; 3], [4000.0, 800.0, 740.0]), SIZE, 0.0, false);
        assert!(!rig.step(1.0));
        assert!((rig.pose().distance - taken.distance).abs() < 0.01);
        rig.resized(DESK, [400.0, 300.0]);
        assert!((rig.pose().azimuth - taken.azimuth).abs() < 1e-6);
        rig.reset(DESK, SIZE, 0.0, true);
        assert_eq!(rig.pose(), Pose::home(DESK, SIZE));
    }

    #[test]
    fn easing_begins_and_ends_gently_and_reduced_motion_cuts() {
        assert!(ease(0.0) < 1e-3 && (ease(1.0) - 1.0).abs() < 1e-3);
        assert!(ease(0.1) < 0.1 && ease(0.9) > 0.9);
        assert!((0..100).all(|i| ease(f64::from(i) / 100.0) <= ease(f64::from(i + 1) / 100.0)));
        let mut rig = Rig::new(DESK, SIZE);
        rig.go(|p| p.turned(100.0, 0.0), 0.0, true);
        assert!(!rig.step(1.0));
        assert!((rig.pose().azimuth - HOME_AZIMUTH - 0.75).abs() < 1e-4);
    }

    #[test]
    fn light_sees_the_whole_box() {
        for direction in [vec3(0.4, 0.5, -0.9), vec3(0.0, 0.0, 1.0), vec3(0.0, 0.0, -1.0)] {
            let m = light_matrix(DESK, direction);
            for c in corners(DESK) {
                let p = m * c.extend(1.0);
                assert!(p.x.abs() <= 1.001 && p.y.abs() <= 1.001 && p.z.abs() <= 1.001, "{direction:?} {p:?}");
            }
            // Further along the light is deeper.
            let near = (m * Vec3::from(centre(DESK)).extend(1.0)).z;
            let far = (m * (Vec3::from(centre(DESK)) + direction * 100.0).extend(1.0)).z;
            assert!(far > near);
        }
    }
}
