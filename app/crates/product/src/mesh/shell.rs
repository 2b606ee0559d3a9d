//! A surface under construction in the frame (a, b, c): a and b span the outline's plane, c is the direction of sweeping.

use super::narrow;
use super::outline::Corner;
use crate::part::{Part, Shape};
use earcut::Earcut;
use scene::Mesh;

/// An outline at a height, with the tilt of its normals.
pub(super) struct Ring {
    pub corners: Vec<Corner>,
    pub height: f64,
    /// Cosine and sine: `[1, 0]` looks outwards, `[0, 1]` along the sweep.
    pub tilt: [f64; 2],
}

impl Ring {
    /// With normals that look straight out.
    pub fn upright(corners: Vec<Corner>, height: f64) -> Self {
        Self { corners, height, tilt: [1.0, 0.0] }
    }

    fn point(&self, i: usize) -> [f64; 3] {
        [self.corners[i].at[0], self.corners[i].at[1], self.height]
    }

    fn normal(&self, plane: [f64; 2], sign: f64) -> [f64; 3] {
        [sign * plane[0] * self.tilt[0], sign * plane[1] * self.tilt[0], self.tilt[1]]
    }
}

pub(super) struct Shell {
    mesh: Mesh,
    /// Axis of the sweep: 0, 1, 2 for x, y, z.
    axis: usize,
    /// Size in the part's frame, millimetres.
    pub size: [f64; 3],
    /// Axis of the grain.
    grain: usize,
    /// Where on the endless board this part is cut from, metres: neighbours don't repeat one another.
    offset: [f64; 2],
}

pub(super) fn axis_index(axis: char) -> usize {
    match axis {
        'x' => 0,
        'y' => 1,
        _ => 2,
    }
}

/// The checksum of zip files: the exact model lays its textures by the same number, so that grain doesn't jump.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { (c >> 1) ^ 0xEDB8_8320 } else { c >> 1 }))
}

impl Shell {
    pub fn new(part: &Part) -> Self {
        let axis = match &part.shape {
            Shape::Box { .. } | Shape::Revolve { .. } | Shape::Loft { .. } | Shape::Cushion { .. } => 2,
            Shape::Panel { thickness_axis: axis, .. } | Shape::Cylinder { axis, .. } | Shape::Tube { axis, .. } | Shape::Extrusion { axis, .. } => {
                axis_index(*axis)
            }
        };
        let size = part.size_mm;
        let longest = (1..3).fold(0, |best, k| if size[k] > size[best] { k } else { best });
        let seed = crc32(part.id.as_bytes());
        let offset = [f64::from(seed % 997) / 997.0 * 2.4, f64::from(seed / 997 % 991) / 991.0 * 0.8];
        Self { mesh: Mesh::default(), axis, size, grain: part.grain.map_or(longest, axis_index), offset }
    }

    pub fn finish(self) -> Mesh {
        self.mesh
    }

    /// Sizes along a, b and c.
    pub fn frame(&self) -> [f64; 3] {
        let [x, y, z] = self.size;
        match self.axis {
            0 => [y, z, x],
            1 => [x, z, y],
            _ => [x, y, z],
        }
    }

    fn to_part(&self, [a, b, c]: [f64; 3]) -> [f64; 3] {
        match self.axis {
            0 => [c, a, b],
            1 => [a, c, b],
            _ => [a, b, c],
        }
    }

    /// The axis that a direction mostly looks along, in the part's frame; ties go to the sweep.
    fn facing(&self, direction: [f64; 3]) -> usize {
        let d = self.to_part(direction).map(libm::fabs);
        (0..3).fold(self.axis, |best, k| if d[k] > d[best] + 1e-9 { k } else { best })
    }

    // One copy of it: every shape puts its corners here, and the browser has to fetch them all.
    #[inline(never)]
    #[allow(clippy::cast_possible_truncation)]
    fn vertex(&mut self, at: [f64; 3], normal: [f64; 3], facing: usize) -> u32 {
        let p = self.to_part(at);
        let (first, second) = match facing {
            0 => (1, 2),
            1 => (0, 2),
            _ => (0, 1),
        };
        let (u, v) = if self.grain == second { (second, first) } else { (first, second) };
        // Faces beside each other continue one another instead of starting again at the same line.
        let shift = if facing == 2 { 0.0 } else { 1.37 * self.size[facing] };
        let uv = [p[u] * 1e-3 + self.offset[0], (p[v] + shift) * 1e-3 + self.offset[1]];
        let index = self.mesh.positions.len() as u32;
        self.mesh.positions.push(narrow(p));
        self.mesh.normals.push(narrow(self.to_part(normal)));
        self.mesh.uvs.push([uv[0] as f32, uv[1] as f32]);
        index
    }

    /// A triangle, counter-clockwise in (a, b, c).
    fn triangle(&mut self, i: u32, j: u32, k: u32) {
        // (x, z, y) is a left-handed order of the axes.
        self.mesh.indices.extend(if self.axis == 1 { [i, k, j] } else { [i, j, k] });
    }

    /// The surface between consecutive rings with equally many corners. `inward` for the wall of a hole.
    pub fn walls(&mut self, rings: &[Ring], inward: bool) {
        let sign = if inward { -1.0 } else { 1.0 };
        for pair in rings.windows(2) {
            let [low, high] = pair else { continue };
            let n = low.corners.len().min(high.corners.len());
            // Right edge of the last quad: shared where the surface is round.
            let mut last: Option<(usize, u32, u32)> = None;
            for i in 0..n {
                let j = (i + 1) % n;
                // A side that has shrunk to a point leaves one triangle, or none.
                let flat = (same(low.corners[i].at, low.corners[j].at), same(high.corners[i].at, high.corners[j].at));
                if flat == (true, true) {
                    last = None;
                    continue;
                }
                let (out, into) = (low.corners[i].out, low.corners[j].into);
                let normals = [low.normal(out, sign), low.normal(into, sign), high.normal(high.corners[j].into, sign), high.normal(high.corners[i].out, sign)];
                let facing = self.facing([0, 1, 2].map(|k| normals.iter().map(|v| v[k]).sum::<f64>()));
                let shared = last.filter(|(f, ..)| *f == facing && same(low.corners[i].into, out) && same(high.corners[i].into, high.corners[i].out));
                let (a, d) = match shared {
                    Some((_, a, d)) => (a, d),
                    None => (self.vertex(low.point(i), normals[0], facing), self.vertex(high.point(i), normals[3], facing)),
                };
                let b = self.vertex(low.point(j), normals[1], facing);
                let c = self.vertex(high.point(j), normals[2], facing);
                last = Some((facing, b, c));
                if !flat.0 {
                    if inward { self.triangle(a, c, b) } else { self.triangle(a, b, c) }
                }
                if !flat.1 {
                    if inward { self.triangle(a, d, c) } else { self.triangle(a, c, d) }
                }
            }
        }
    }

    /// A plane side between a low and a high edge, both from left to right seen from outside.
    pub fn side(&mut self, low: [[f64; 3]; 2], high: [[f64; 3]; 2]) {
        let along = [0, 1, 2].map(|k| low[1][k] - low[0][k] + high[1][k] - high[0][k]);
        let up = [0, 1, 2].map(|k| high[0][k] - low[0][k] + high[1][k] - low[1][k]);
        let cross = [along[1] * up[2] - along[2] * up[1], along[2] * up[0] - along[0] * up[2], along[0] * up[1] - along[1] * up[0]];
        let length = cross.iter().map(|x| x * x).sum::<f64>().sqrt();
        let normal = cross.map(|x| x / length);
        let facing = self.facing(normal);
        let corners = [low[0], low[1], high[1], high[0]].map(|p| self.vertex(p, normal, facing));
        self.quad(corners);
    }

    /// A corner of a surface without an outline, its texture laid from the side that `looking` looks along.
    pub fn point(&mut self, at: [f64; 3], normal: [f64; 3], looking: [f64; 3]) -> u32 {
        let facing = self.facing(looking);
        self.vertex(at, normal, facing)
    }

    /// Four corners, counter-clockwise seen from outside.
    pub fn quad(&mut self, [a, b, c, d]: [u32; 4]) {
        self.triangle(a, b, c);
        self.triangle(a, c, d);
    }

    fn flat(&mut self, outline: &[Corner], height: f64, up: bool) -> Vec<u32> {
        let normal = [0.0, 0.0, if up { 1.0 } else { -1.0 }];
        let facing = self.axis;
        outline.iter().map(|c| self.vertex([c.at[0], c.at[1], height], normal, facing)).collect()
    }

    fn cap_triangle(&mut self, [i, j, k]: [u32; 3], up: bool) {
        if up { self.triangle(i, j, k) } else { self.triangle(i, k, j) }
    }

    /// A flat end on a convex outline.
    pub fn cap_convex(&mut self, outline: &[Corner], height: f64, up: bool) {
        let v = self.flat(outline, height, up);
        if v.len() < 3 {
            return;
        }
        // Zigzag from the first side to the opposite one: no fan of slivers.
        let (mut low, mut high, mut turn) = (1, v.len() - 1, false);
        self.cap_triangle([v[0], v[1], v[high]], up);
        while low + 1 < high {
            if turn {
                self.cap_triangle([v[low], v[high - 1], v[high]], up);
                high -= 1;
            } else {
                self.cap_triangle([v[low], v[low + 1], v[high]], up);
                low += 1;
            }
            turn = !turn;
        }
    }

    /// A flat end between two outlines with equally many corners.
    pub fn cap_between(&mut self, outer: &[Corner], inner: &[Corner], height: f64, up: bool) {
        let (o, v) = (self.flat(outer, height, up), self.flat(inner, height, up));
        let n = o.len().min(v.len());
        for i in 0..n {
            let j = (i + 1) % n;
            if !same(outer[i].at, outer[j].at) {
                self.cap_triangle([o[i], o[j], v[j]], up);
            }
            if !same(inner[i].at, inner[j].at) {
                self.cap_triangle([o[i], v[j], v[i]], up);
            }
        }
    }

    /// Both flat ends on any simple outline with holes; the same triangles, once turned over.
    pub fn caps(&mut self, outline: &[Corner], holes: &[Vec<Corner>], heights: [f64; 2]) {
        let loops: Vec<Corner> = outline.iter().chain(holes.iter().flatten()).copied().collect();
        let mut starts = Vec::with_capacity(holes.len());
        let mut at = outline.len();
        for hole in holes {
            starts.push(u32::try_from(at).unwrap_or(u32::MAX));
            at += hole.len();
        }
        let triangles = triangulate(&loops, &starts);
        for (height, up) in heights.into_iter().zip([false, true]) {
            let v = self.flat(&loops, height, up);
            for t in triangles.chunks_exact(3) {
                if let [Some(i), Some(j), Some(k)] = [t[0], t[1], t[2]].map(|i| v.get(i as usize).copied()) {
                    self.cap_triangle([i, j, k], up);
                }
            }
        }
    }
}

#[allow(clippy::float_cmp)] // Copies of one number, not results of two computations.
fn same(a: [f64; 2], b: [f64; 2]) -> bool {
    a == b
}

/// Triangles of a plane figure, counter-clockwise, with every corner used.
fn triangulate(loops: &[Corner], starts: &[u32]) -> Vec<u32> {
    let expected = 3 * (loops.len() + 2 * starts.len()).saturating_sub(2);
    let mut triangles = Vec::with_capacity(expected);
    let mut cutter = Earcut::new();
    // Ear cutting leaves out corners that happen to lie on a line with others, e.g. of holes in a row, and their walls would
    // no longer meet the cap. Then the figure is cut as if its corners lay a hair beside their places.
    for attempt in 0..4 {
        let hair = 2e-4 * f64::from(attempt);
        let points = loops.iter().enumerate().map(|(i, c)| {
            #[allow(clippy::cast_precision_loss)] // Small counts.
            let phase = i as f64 * 2.399_963 + f64::from(attempt);
            [c.at[0] + hair * libm::cos(phase), c.at[1] + hair * libm::sin(phase)]
        });
        cutter.earcut(points, starts, &mut triangles);
        if triangles.len() == expected {
            break;
        }
    }
    // All turn one way; a sliver may look turned over by a rounding error, so the whole figure decides.
    let doubled: f64 = triangles
        .chunks_exact(3)
        .map(|t| {
            let [a, b, c] = [t[0], t[1], t[2]].map(|i| loops.get(i as usize).map_or([0.0; 2], |c| c.at));
            (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        })
        .sum();
    if doubled < 0.0 {
        triangles.chunks_exact_mut(3).for_each(|t| t.swap(1, 2));
    }
    triangles
}
