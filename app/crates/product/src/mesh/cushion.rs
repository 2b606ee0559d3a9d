//! Upholstery: a soft box whose faces are crowned, and piping along its seams. The method is our own: a rounded box (every point of a
//! cube's surface moved to the nearest point of an inner box, then out by the radius), pushed outwards where padding is thickest. Only
//! the four operations and square roots, so that every machine makes the same bits.

use super::shell::Shell;

/// Steps over the flat of a face, and over half of each rounding.
const FLAT: u32 = 6;
const ROUND: u32 = 3;
/// Sides of the piping's section.
const SIDES: u32 = 6;
/// Tangents of 0°, 15°, 30°, 45°, and cosines and sines of the section's corners.
const TANGENT: [f64; 4] = [0.0, 0.267_949_192_431_122_7, 0.577_350_269_189_625_8, 1.0];
const SECTION: [[f64; 2]; SIDES as usize] = [
    [1.0, 0.0],
    [0.5, 0.866_025_403_784_438_6],
    [-0.5, 0.866_025_403_784_438_6],
    [-1.0, 0.0],
    [-0.5, -0.866_025_403_784_438_6],
    [0.5, -0.866_025_403_784_438_6],
];

type P = [f64; 3];

struct Soft {
    centre: P,
    /// Half sizes of the box before it is crowned.
    half: P,
    radius: f64,
    crown: P,
}

impl Soft {
    fn new(size: P, corner: f64, puff: f64) -> Self {
        let crown = [0.3 * puff, 0.3 * puff, puff];
        let centre = size.map(|s| s / 2.0);
        let half = [0, 1, 2].map(|k| centre[k] - crown[k]);
        Self { centre, half, radius: corner.min(0.95 * half[0].min(half[1]).min(half[2])), crown }
    }

    /// Where a point of the uncrowned cube's surface comes to lie.
    fn at(&self, q: P) -> P {
        self.about([1.0; 3], self.way(q))
    }

    /// A point by its way from the centre, on the side of it that `signs` tell.
    fn about(&self, signs: P, way: P) -> P {
        [0, 1, 2].map(|k| self.centre[k] + signs[k] * way[k])
    }

    /// The same from the centre. What lies on the other side of it lies there mirrored, to the last bit.
    fn way(&self, q: P) -> P {
        let core = [0, 1, 2].map(|k| q[k].clamp(self.radius - self.half[k], self.half[k] - self.radius));
        let out = [0, 1, 2].map(|k| q[k] - core[k]);
        let length = length(out);
        let p = [0, 1, 2].map(|k| core[k] + if length > 0.0 { self.radius * out[k] / length } else { 0.0 });
        let t = [0, 1, 2].map(|k| (p[k] / self.half[k]).clamp(-1.0, 1.0));
        let fall = t.map(|t| 1.0 - t * t);
        let lift = t.map(|t| t * (1.5 - 0.5 * t * t));
        [0, 1, 2].map(|k| p[k] + self.crown[k] * lift[k] * fall[(k + 1) % 3] * fall[(k + 2) % 3])
    }

    /// Places of the grid along an axis, from one side to the other; the middle is among them.
    fn places(&self, k: usize) -> Vec<f64> {
        let flat = self.half[k] - self.radius;
        let mut all: Vec<f64> = (0..=ROUND as usize).rev().map(|i| -flat - self.radius * TANGENT[i]).collect();
        all[0] = -self.half[k];
        all.extend((1..FLAT).map(|i| flat * (2.0 * f64::from(i) / f64::from(FLAT) - 1.0)));
        all.extend((0..=ROUND as usize).map(|i| flat + self.radius * TANGENT[i]));
        if let Some(last) = all.last_mut() {
            *last = self.half[k];
        }
        all
    }

    /// Outward normal at a point of the upper side of axis `k`, from the surface's own slopes.
    fn normal(&self, q: P, k: usize) -> P {
        let slope = |axis: usize| {
            let step = 1e-3 * self.half[axis];
            let (mut low, mut high) = (q, q);
            low[axis] = (q[axis] - step).max(-self.half[axis]);
            high[axis] = (q[axis] + step).min(self.half[axis]);
            minus(self.way(high), self.way(low))
        };
        unit(cross(slope((k + 1) % 3), slope((k + 2) % 3)))
    }
}

fn minus(a: P, b: P) -> P {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn cross(a: P, b: P) -> P {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// Square roots are exact on every machine (IEEE 754), and in the browser an instruction, which `libm` does not know there.
fn length(a: P) -> f64 {
    (a[0] * a[0] + a[1] * a[1] + a[2] * a[2]).sqrt()
}

fn unit(a: P) -> P {
    let length = length(a);
    if length > 0.0 { a.map(|x| x / length) } else { [0.0, 0.0, 1.0] }
}

/// The cushion, and two rings of piping `piping` thick (0 for none).
pub(super) fn build(shell: &mut Shell, corner: f64, puff: f64, piping: f64) {
    let soft = Soft::new(shell.size, corner, puff);
    for k in 0..3 {
        let (us, vs) = (soft.places((k + 1) % 3), soft.places((k + 2) % 3));
        // A quarter of the side tells the other three, and those of the side across: the surface costs more than all that is done with it.
        let middle = us.len() / 2;
        let corner = |u: f64, v: f64| {
            let mut q = [0.0; 3];
            (q[k], q[(k + 1) % 3], q[(k + 2) % 3]) = (soft.half[k], u, v);
            (soft.way(q), soft.normal(q, k))
        };
        let quarter: Vec<(P, P)> = vs[middle..].iter().flat_map(|v| us[middle..].iter().map(|u| corner(*u, *v))).collect();
        for sign in [-1.0, 1.0] {
            let mut signs = [sign; 3];
            let mut facing = [0.0; 3];
            facing[k] = sign;
            let mut grid = Vec::with_capacity(us.len() * vs.len());
            for j in 0..vs.len() {
                signs[(k + 2) % 3] = if j < middle { -1.0 } else { 1.0 };
                for i in 0..us.len() {
                    signs[(k + 1) % 3] = if i < middle { -1.0 } else { 1.0 };
                    let (way, normal) = quarter[j.abs_diff(middle) * (us.len() - middle) + i.abs_diff(middle)];
                    grid.push(shell.point(soft.about(signs, way), [0, 1, 2].map(|axis| signs[axis] * normal[axis]), facing));
                }
            }
            let at = |i: usize, j: usize| grid[j * us.len() + i];
            for j in 1..vs.len() {
                for i in 1..us.len() {
                    let (a, b, c, d) = (at(i - 1, j - 1), at(i, j - 1), at(i, j), at(i - 1, j));
                    shell.quad(if sign > 0.0 { [a, b, c, d] } else { [a, d, c, b] });
                }
            }
        }
    }
    let piping = piping.min(0.5 * soft.radius);
    if piping > 0.0 {
        for side in [-1.0, 1.0] {
            seam(shell, &soft, side, piping / 2.0);
        }
    }
}

/// Piping along the upper (`side` 1) or lower edge: a closed tube whose outside touches the rounding's outside.
fn seam(shell: &mut Shell, soft: &Soft, side: f64, radius: f64) {
    let (xs, ys) = (soft.places(0), soft.places(1));
    let z = side * soft.half[2];
    let [hx, hy, _] = soft.half;
    let mut path: Vec<P> = Vec::new();
    path.extend(xs.iter().map(|x| [*x, -hy, z]));
    path.extend(ys.iter().skip(1).map(|y| [hx, *y, z]));
    path.extend(xs.iter().rev().skip(1).map(|x| [*x, hy, z]));
    path.extend(ys.iter().rev().skip(1).map(|y| [-hx, *y, z]));
    path.pop();
    let on: Vec<P> = path.iter().map(|q| soft.at(*q)).collect();
    let n = on.len();
    let rings: Vec<Vec<(P, P)>> = (0..n)
        .map(|i| {
            let along = unit(minus(on[(i + 1) % n], on[(i + n - 1) % n]));
            // Outwards and up (or down), as the rounding looks at its middle.
            let flat = unit(cross(along, [0.0, 0.0, 1.0]));
            let towards = unit([flat[0], flat[1], side]);
            let across = unit(cross(towards, along));
            // Square to the path, which rises and falls with the crown.
            let out = cross(along, across);
            let centre = [0, 1, 2].map(|k| on[i][k] + 0.1 * radius * out[k]);
            SECTION
                .iter()
                .map(|[c, s]| {
                    let normal = [0, 1, 2].map(|k| c * out[k] + s * across[k]);
                    ([0, 1, 2].map(|k| centre[k] + radius * normal[k]), normal)
                })
                .collect()
        })
        .collect();
    let sides = SIDES as usize;
    for i in 0..n {
        let j = (i + 1) % n;
        for k in 0..sides {
            let l = (k + 1) % sides;
            let corners = [rings[i][k], rings[j][k], rings[j][l], rings[i][l]];
            let quad = corners.map(|(at, normal)| shell.point(at, normal, corners[0].1));
            shell.quad(quad);
        }
    }
}
