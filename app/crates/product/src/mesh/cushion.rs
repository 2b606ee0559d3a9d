//! Upholstery: a soft box whose faces are crowned, and piping along its seams. The method is our own: a rounded box (every point of a
//! cube's surface moved to the nearest point of an inner box, then out by the radius), pushed outwards where padding is thickest. Only
//! the four operations and square roots, so that every machine makes the same bits.

use super::shell::Shell;

/// Tangents of 15°, 30°: where the grid meets a rounding on its way to 45°.
const TANGENT: [f64; 2] = [0.267_949_192_431_122_7, 0.577_350_269_189_625_8];
/// Steps from the middle of a face to the end of its flat, and to its edge.
const FLAT: u8 = 3;
const EDGE: u8 = FLAT + 3;
/// Steps over a face.
const STEPS: u8 = 2 * EDGE;
/// Cosines and sines of the corners of the piping's section.
const SIDES: usize = 6;
const SECTION: [[f64; 2]; SIDES] = [
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
    // Once in the browser's code, not where each of its neighbours is asked for.
    #[inline(never)]
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

    /// Place of a line of the grid along an axis: line 0 is the low edge, [`EDGE`] the middle, [`STEPS`] the high edge.
    fn place(&self, k: usize, line: u8) -> f64 {
        let (steps, flat) = (line.abs_diff(EDGE), self.half[k] - self.radius);
        let far = match steps {
            EDGE => self.half[k],
            0..=FLAT => flat * f64::from(steps) / f64::from(FLAT),
            _ => flat + self.radius * TANGENT[usize::from(steps - FLAT - 1)],
        };
        if line < EDGE { -far } else { far }
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
    let mut quarter = Vec::new();
    let mut grid = Vec::new();
    let lines = usize::from(STEPS) + 1;
    for k in 0..3 {
        let (along, up) = ((k + 1) % 3, (k + 2) % 3);
        // A quarter of the side tells the other three, and those of the side across: the surface costs more than all that is done with it.
        quarter.clear();
        for j in EDGE..=STEPS {
            for i in EDGE..=STEPS {
                let mut q = soft.half;
                (q[along], q[up]) = (soft.place(along, i), soft.place(up, j));
                quarter.push((soft.way(q), soft.normal(q, k)));
            }
        }
        for sign in [-1.0, 1.0] {
            let (mut signs, mut facing) = ([sign; 3], [0.0; 3]);
            facing[k] = sign;
            grid.clear();
            for j in 0..=STEPS {
                for i in 0..=STEPS {
                    signs[along] = if i < EDGE { -1.0 } else { 1.0 };
                    signs[up] = if j < EDGE { -1.0 } else { 1.0 };
                    let (way, normal) = quarter[usize::from(j.abs_diff(EDGE)) * usize::from(EDGE + 1) + usize::from(i.abs_diff(EDGE))];
                    grid.push(shell.point(soft.about(signs, way), [0, 1, 2].map(|axis| signs[axis] * normal[axis]), facing));
                }
            }
            for j in 1..lines {
                for i in 1..lines {
                    let at = j * lines + i;
                    let (a, b, c, d) = (grid[at - lines - 1], grid[at - lines], grid[at], grid[at - 1]);
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
    let z = side * soft.half[2];
    let [hx, hy, _] = soft.half;
    let mut on: Vec<P> = Vec::new();
    for edge in 0..4 {
        for line in 0..STEPS {
            let (x, y) = (|line| soft.place(0, line), |line| soft.place(1, line));
            on.push(soft.at(match edge {
                0 => [x(line), -hy, z],
                1 => [hx, y(line), z],
                2 => [x(STEPS - line), hy, z],
                _ => [-hx, y(STEPS - line), z],
            }));
        }
    }
    let n = on.len();
    let mut rings: Vec<(P, P)> = Vec::new();
    for i in 0..n {
        let along = unit(minus(on[(i + 1) % n], on[(i + n - 1) % n]));
        // Outwards and up (or down), as the rounding looks at its middle.
        let flat = unit(cross(along, [0.0, 0.0, 1.0]));
        let towards = unit([flat[0], flat[1], side]);
        let across = unit(cross(towards, along));
        // Square to the path, which rises and falls with the crown.
        let out = cross(along, across);
        for [c, s] in SECTION {
            let normal = [0, 1, 2].map(|k| c * out[k] + s * across[k]);
            rings.push(([0, 1, 2].map(|k| on[i][k] + 0.1 * radius * out[k] + radius * normal[k]), normal));
        }
    }
    for i in 0..n {
        let j = (i + 1) % n;
        for k in 0..SIDES {
            let l = (k + 1) % SIDES;
            let corners = [(i, k), (j, k), (j, l), (i, l)].map(|(i, k)| rings[i * SIDES + k]);
            let quad = corners.map(|(at, normal)| shell.point(at, normal, corners[0].1));
            shell.quad(quad);
        }
    }
}
