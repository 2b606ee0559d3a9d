//! Line drawings of a scene, hidden lines removed.
//!
//! Feature edges of the meshes (creases, borders, silhouettes) are cut into what is seen and what is not by sampling them against a depth buffer of the
//! same view (Appel's visibility question, answered in image space): no special cases for parts that touch or intersect, and the same bytes every time.

mod depth;
mod edges;

use depth::Depth;
use edges::{Edge, Kind};
use scene::{
    Scene,
    frame::{self, Bounds},
};

/// Where a drawing is looked at from. Unit vectors in product space (Z up), right-handed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// To the right on paper.
    right: [f64; 3],
    /// Upwards on paper.
    up: [f64; 3],
    /// From the thing to the eye.
    eye: [f64; 3],
    /// With perspective: the point looked at, and the eye's distance from it. What is in the plane through that point has its true size on paper.
    lens: Option<([f64; 3], f64)>,
    /// Samples along the longer side of the depth buffer.
    samples: f64,
}

/// Samples of drawings for paper. At 160 mm a sample is 0.08 mm.
const FINE: f64 = 2000.0;
/// Samples of drawings for a screen.
const SCREEN: f64 = 1600.0;

impl Camera {
    fn straight(right: [f64; 3], up: [f64; 3], eye: [f64; 3]) -> Self {
        Self { right, up, eye, lens: None, samples: FINE }
    }

    /// The first look of the view in the browser at a box (mm), in a picture of 4:3, for a screen.
    #[must_use]
    pub fn home(bounds: Bounds) -> Self {
        let axes = frame::axes(frame::HOME_AZIMUTH, frame::HOME_ELEVATION);
        let middle = [0, 1, 2].map(|k| f32::midpoint(bounds.0[k], bounds.1[k]));
        let (target, distance) = frame::stand(middle, bounds, axes, [frame::HALF_TANGENT * 4.0 / 3.0 * frame::FRAME[0], frame::HALF_TANGENT * frame::FRAME[1]]);
        let [right, up, eye] = axes.map(|v| v.map(f64::from));
        Self { right, up, eye, lens: Some((target.map(f64::from), f64::from(distance))), samples: SCREEN }
    }

    /// Half the height of the picture of [`Camera::home`] on paper, mm.
    #[must_use]
    pub fn half_height(&self) -> f64 {
        self.lens.map_or(0.0, |(_, distance)| distance * f64::from(frame::HALF_TANGENT))
    }

    /// From the front, somewhat from the right and from above.
    #[must_use]
    pub fn oblique() -> Self {
        let (turn, rise) = (30f64.to_radians(), 24f64.to_radians());
        Self::straight(
            [turn.cos(), turn.sin(), 0.0],
            [rise.sin() * -turn.sin(), rise.sin() * turn.cos(), rise.cos()],
            [rise.cos() * turn.sin(), rise.cos() * -turn.cos(), rise.sin()],
        )
    }

    /// Straight from the front.
    #[must_use]
    pub fn front() -> Self {
        Self::straight([1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0])
    }

    /// Straight from the right side.
    #[must_use]
    pub fn side() -> Self {
        Self::straight([0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0])
    }

    /// Straight from the left side.
    #[must_use]
    pub fn left() -> Self {
        Self::straight([0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 0.0, 0.0])
    }

    /// Straight from above.
    #[must_use]
    pub fn top() -> Self {
        Self::straight([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0])
    }

    /// Where a point of the product is on paper.
    #[must_use]
    pub fn paper(&self, p: [f64; 3]) -> [f64; 2] {
        let [x, y, _] = self.flat(self.see(p));
        [x, y]
    }

    /// A point from the eye's side: right, up, near.
    fn see(&self, p: [f64; 3]) -> [f64; 3] {
        let from = self.lens.map_or([0.0; 3], |(target, _)| target);
        let dot = |v: [f64; 3]| (0..3).map(|k| v[k] * (p[k] - from[k])).sum();
        [dot(self.right), dot(self.up), dot(self.eye)]
    }

    /// Paper coordinates and nearness of what is seen there. Straight lines stay straight, in nearness too.
    fn flat(&self, [x, y, near]: [f64; 3]) -> [f64; 3] {
        let share = self.lens.map_or(1.0, |(_, distance)| distance / (distance - near).max(distance * 0.01));
        [x * share, y * share, near * share]
    }
}

/// How heavy a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Where a part ends for the eye.
    Outline,
    /// An edge on a part.
    Detail,
}

/// A straight line, millimetres of the product on paper: X to the right, Y upwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    /// From and to.
    pub line: [[f64; 2]; 2],
    /// How heavy.
    pub weight: Weight,
}

/// A drawing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawing {
    /// What is seen of the edges.
    pub strokes: Vec<Stroke>,
    /// For each item of the scene a place on it that is seen, well inside, with how much of it is seen (mm²); `None` when it is hidden.
    pub seen: Vec<Option<([f64; 2], f64)>>,
    /// Smallest box around all items, hidden or not.
    pub min: [f64; 2],
    /// See `min`.
    pub max: [f64; 2],
}

impl Drawing {
    /// Width and height, mm of the product.
    #[must_use]
    pub fn size(&self) -> [f64; 2] {
        [self.max[0] - self.min[0], self.max[1] - self.min[1]]
    }
}

/// Samples looked at, at most: some seconds of work.
const MOST: f64 = 4e8;

/// Draws a scene. `moved` shifts each item first (see [`Scene::apart`]); empty for none. An empty scene makes an empty drawing.
#[must_use]
pub fn draw(scene: &Scene, moved: &[[f32; 3]], camera: &Camera) -> Drawing {
    let shapes: Vec<Shape> =
        scene.items.iter().enumerate().map(|(i, item)| Shape::new(&item.mesh, moved.get(i).copied().unwrap_or_default(), camera)).collect();
    let corners = || shapes.iter().flat_map(|s| &s.at);
    let Some(first) = corners().next().copied() else { return Drawing::default() };
    let (min, max) =
        corners().fold(([first[0], first[1]], [first[0], first[1]]), |(lo, hi), p| ([lo[0].min(p[0]), lo[1].min(p[1])], [hi[0].max(p[0]), hi[1].max(p[1])]));
    let fine = ((max[0] - min[0]).max(max[1] - min[1]) / camera.samples).max(1e-3);
    // Thousands of large parts: coarser rather than for ever.
    let covered: f64 = shapes.iter().flat_map(|s| s.triangles.iter().map(|t| s.box_area(t))).sum();
    let pitch = fine.max((covered / MOST).sqrt());
    let mut depth = Depth::new(min, max, pitch);
    for (i, shape) in shapes.iter().enumerate() {
        for [a, b, c] in &shape.triangles {
            depth.fill(u32::try_from(i).unwrap_or(u32::MAX), [shape.at[*a], shape.at[*b], shape.at[*c]]);
        }
    }
    let mut strokes = Vec::new();
    for shape in &shapes {
        for Edge { ends: [a, b], kind } in edges::features(&shape.seen, &shape.triangles, camera.lens.map(|(_, distance)| distance)) {
            let weight = if kind == Kind::Crease { Weight::Detail } else { Weight::Outline };
            strokes.extend(depth.visible(shape.at[a], shape.at[b]).into_iter().map(|line| Stroke { line, weight }));
        }
    }
    Drawing { strokes, seen: depth.places(shapes.len()), min, max }
}

/// An item as it is seen: equal corners once.
struct Shape {
    /// Right, up, near.
    seen: Vec<[f64; 3]>,
    /// The same on paper.
    at: Vec<[f64; 3]>,
    triangles: Vec<[usize; 3]>,
}

impl Shape {
    /// Area of the box around a triangle on paper.
    fn box_area(&self, triangle: &[usize; 3]) -> f64 {
        let reach = |k: usize| {
            let ends = triangle.map(|i| self.at[i][k]);
            ends.into_iter().fold(f64::MIN, f64::max) - ends.into_iter().fold(f64::MAX, f64::min)
        };
        reach(0) * reach(1)
    }

    fn new(mesh: &scene::Mesh, moved: [f32; 3], camera: &Camera) -> Self {
        let mut seen: Vec<[f64; 3]> = Vec::new();
        let mut known = std::collections::HashMap::new();
        let corners: Vec<usize> = mesh
            .positions
            .iter()
            .map(|p| {
                // Meshes repeat a corner for each of its normals. A hundredth of a millimetre apart is the same corner.
                #[allow(clippy::cast_possible_truncation)] // Lengths up to 100 m are ten million hundredths.
                let grid = p.map(|v| (v * 100.0).round() as i64);
                *known.entry(grid).or_insert_with(|| {
                    seen.push(camera.see([0, 1, 2].map(|k| f64::from(p[k]) + f64::from(moved[k]))));
                    seen.len() - 1
                })
            })
            .collect();
        let corner = |i: &u32| corners.get(*i as usize).copied();
        let triangles = mesh.indices.chunks_exact(3).filter_map(|t| Some([corner(&t[0])?, corner(&t[1])?, corner(&t[2])?]));
        let triangles = triangles.filter(|[a, b, c]| a != b && b != c && a != c).collect();
        let at = seen.iter().map(|p| camera.flat(*p)).collect();
        Self { seen, at, triangles }
    }
}
