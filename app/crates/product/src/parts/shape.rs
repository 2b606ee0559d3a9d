//! Shapes: formulas → checked sizes, normalised so that the minimum corner is the origin and outlines run counter-clockwise.

use super::{MAX_LENGTH, PartError};
use crate::compiled::{EdgeDef, HoleDef, HoleSize, ShapeDef};
use crate::expr::{Env, EvalError, Expr, round_length};
use crate::part::{Hole, Shape};

/// Most corners of an outline or a profile.
const MAX_CORNERS: usize = 500;

/// What is wrong with a shape, before the part's id is known.
pub(super) enum Fault {
    Formula(EvalError),
    Size([f64; 3]),
    Shape(&'static str),
}

impl From<EvalError> for Fault {
    fn from(fault: EvalError) -> Self {
        Self::Formula(fault)
    }
}

impl Fault {
    pub(super) fn of(self, part: &str) -> PartError {
        let part = part.to_owned();
        match self {
            Self::Formula(fault) => PartError::Formula { part, fault },
            Self::Size(size) => PartError::Size { part, size },
            Self::Shape(what) => PartError::Shape { part, what },
        }
    }
}

/// The shape and its outer size, millimetres.
pub(super) fn shape(def: &ShapeDef, env: &Env<'_>) -> Result<(Shape, [f64; 3]), Fault> {
    let (shape, size) = match def {
        ShapeDef::Box { size } => {
            let size = lengths(size, env)?;
            (Shape::Box { size }, size)
        }
        ShapeDef::Panel { size, holes, edge, corner } => {
            let size = positive(lengths(size, env)?)?;
            (panel(size, holes, edge.as_ref(), corner.as_ref(), env)?, size)
        }
        ShapeDef::Cylinder { diameter, length, axis } => {
            let (diameter, length) = (diameter.eval_length(env)?, length.eval_length(env)?);
            (Shape::Cylinder { diameter, length, axis: *axis }, along(*axis, [diameter, diameter], length))
        }
        ShapeDef::Tube { size, wall, axis, corner } => {
            let size = positive(lengths(size, env)?)?;
            let (wall, corner) = (wall.eval_length(env)?, corner.eval_length(env)?);
            if wall <= 0.0 {
                return Err(Fault::Shape("its wall has no thickness"));
            }
            let [w, h] = across(*axis, size);
            let corner = corner.clamp(0.0, w.min(h) / 2.0);
            (Shape::Tube { size, wall, axis: *axis, corner }, size)
        }
        ShapeDef::Extrusion { outline, length, axis } => {
            let outline = self::outline(points(outline, env)?)?;
            let length = length.eval_length(env)?;
            let [_, [w, h]] = bounds(&outline);
            (Shape::Extrusion { outline, length, axis: *axis }, along(*axis, [w, h], length))
        }
        ShapeDef::Revolve { profile } => {
            let profile = self::profile(points(profile, env)?)?;
            let [_, [_, h]] = bounds(&profile);
            // The radius is measured from the axis, not from the narrowest place.
            let wide = round_length(2.0 * profile.iter().fold(0.0_f64, |r, p| r.max(p[0])));
            (Shape::Revolve { profile }, [wide, wide, h])
        }
        ShapeDef::Cushion { size, corner, puff, piping } => {
            let size = positive(lengths(size, env)?)?;
            let least = size[0].min(size[1]).min(size[2]);
            let corner = corner.eval_length(env)?.clamp(0.1 * least, 0.45 * least);
            let puff = puff.eval_length(env)?.clamp(0.0, 0.25 * least);
            let piping = piping.eval_length(env)?.max(0.0);
            (Shape::Cushion { size, corner, puff, piping }, size)
        }
        ShapeDef::Loft { bottom, top, height } => loft(lengths(bottom, env)?, lengths(top, env)?, height.eval_length(env)?)?,
    };
    Ok((shape, positive(size)?))
}

fn positive(size: [f64; 3]) -> Result<[f64; 3], Fault> {
    // `!(x > 0)` rather than `x <= 0`: what is not a number is refused as well.
    if size.iter().all(|x| *x > 0.0 && *x <= MAX_LENGTH) { Ok(size) } else { Err(Fault::Size(size)) }
}

fn lengths<const N: usize>(from: &[Expr; N], env: &Env<'_>) -> Result<[f64; N], EvalError> {
    let mut to = [0.0; N];
    for (x, expr) in to.iter_mut().zip(from) {
        *x = expr.eval_length(env)?;
    }
    Ok(to)
}

fn points(from: &[[Expr; 2]], env: &Env<'_>) -> Result<Vec<[f64; 2]>, Fault> {
    if from.len() > MAX_CORNERS {
        return Err(Fault::Shape("it has more than 500 corners"));
    }
    let points = from.iter().map(|p| lengths(p, env)).collect::<Result<Vec<_>, _>>()?;
    if points.iter().flatten().any(|x| libm::fabs(*x) > MAX_LENGTH) {
        return Err(Fault::Shape("a corner lies too far away"));
    }
    Ok(points)
}

/// Outer size of a body whose section is `[w, h]` and which runs `length` along `axis`.
fn along(axis: char, [w, h]: [f64; 2], length: f64) -> [f64; 3] {
    match axis {
        'x' => [length, w, h],
        'y' => [w, length, h],
        _ => [w, h, length],
    }
}

/// The two sizes across `axis`, in x, y, z order.
fn across(axis: char, [x, y, z]: [f64; 3]) -> [f64; 2] {
    match axis {
        'x' => [y, z],
        'y' => [x, z],
        _ => [x, y],
    }
}

/// Minimum corner and size.
fn bounds(points: &[[f64; 2]]) -> [[f64; 2]; 2] {
    let (mut lo, mut hi) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for p in points {
        for k in 0..2 {
            lo[k] = lo[k].min(p[k]);
            hi[k] = hi[k].max(p[k]);
        }
    }
    [lo, [round_length(hi[0] - lo[0]), round_length(hi[1] - lo[1])]]
}

fn loft(mut bottom: [f64; 4], mut top: [f64; 4], height: f64) -> Result<(Shape, [f64; 3]), Fault> {
    if [bottom, top].iter().any(|r| !(r[2] > 0.0 && r[3] > 0.0)) {
        return Err(Fault::Shape("one of its ends has no area"));
    }
    let mut size = [0.0, 0.0, height];
    for k in 0..2 {
        let low = bottom[k].min(top[k]);
        size[k] = round_length((bottom[k] + bottom[k + 2]).max(top[k] + top[k + 2]) - low);
        bottom[k] = round_length(bottom[k] - low);
        top[k] = round_length(top[k] - low);
    }
    Ok((Shape::Loft { bottom, top, height }, size))
}

fn panel(size: [f64; 3], holes: &[HoleDef], edge: Option<&EdgeDef>, corner: Option<&Expr>, env: &Env<'_>) -> Result<Shape, Fault> {
    let [x, y, z] = size;
    let thickness_axis = if z <= x && z <= y {
        'z'
    } else if y <= x {
        'y'
    } else {
        'x'
    };
    let [w, h] = across(thickness_axis, size);
    let bevel = edge.map_or(Ok(0.0), |e| e.bevel.eval_length(env))?.max(0.0);
    let corner = corner.map_or(Ok(0.0), |c| c.eval_length(env))?.clamp(0.0, w.min(h) / 2.0);
    let mut made = Vec::with_capacity(holes.len());
    for def in holes {
        if let Some(when) = &def.when
            && !when.eval_bool(env)?
        {
            continue;
        }
        let at = lengths(&def.at, env)?;
        let hole = match &def.size {
            HoleSize::Round(d) => Hole::Round { at, diameter: d.eval_length(env)? },
            HoleSize::Rect(size) => Hole::Rect { at, size: lengths(size, env)? },
        };
        let [a, b] = half(&hole);
        if a <= 0.0 || b <= 0.0 {
            return Err(Fault::Shape("a hole has no size"));
        }
        // Room for the bevel, and a hair more, so that rims never touch.
        let rim = bevel + 0.1;
        if at[0] - a < rim || at[1] - b < rim || at[0] + a > w - rim || at[1] + b > h - rim {
            return Err(Fault::Shape("a hole reaches over its edge"));
        }
        if made.iter().any(|other| touch(other, &hole)) {
            return Err(Fault::Shape("two of its holes touch"));
        }
        made.push(hole);
    }
    let banding = edge.map_or_else(String::new, |e| e.banding.clone());
    Ok(Shape::Panel { size, thickness_axis, holes: made, bevel, corner, banding })
}

fn half(hole: &Hole) -> [f64; 2] {
    match hole {
        Hole::Round { diameter, .. } => [diameter / 2.0, diameter / 2.0],
        Hole::Rect { size, .. } => [size[0] / 2.0, size[1] / 2.0],
    }
}

/// Round holes by distance; a rectangle keeps its whole box free.
fn touch(one: &Hole, two: &Hole) -> bool {
    let (Hole::Round { at: p, .. } | Hole::Rect { at: p, .. }, Hole::Round { at: q, .. } | Hole::Rect { at: q, .. }) = (one, two);
    let (dx, dy) = (p[0] - q[0], p[1] - q[1]);
    let ([a, b], [c, d]) = (half(one), half(two));
    match (one, two) {
        (Hole::Round { .. }, Hole::Round { .. }) => libm::hypot(dx, dy) < a + c + 0.1,
        _ => libm::fabs(dx) < a + c + 0.1 && libm::fabs(dy) < b + d + 0.1,
    }
}

/// Twice the signed area; positive when counter-clockwise.
fn doubled_area(points: &[[f64; 2]]) -> f64 {
    let next = points.iter().cycle().skip(1);
    points.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum()
}

/// An outline without double corners and corners on a straight line, counter-clockwise, minimum corner at the origin.
fn outline(mut points: Vec<[f64; 2]>) -> Result<Vec<[f64; 2]>, Fault> {
    loop {
        let n = points.len();
        if n < 3 {
            return Err(Fault::Shape("its outline has no area"));
        }
        let idle = (0..n).find(|i| turn_at(points[(i + n - 1) % n], points[*i], points[(i + 1) % n]).abs() < 1e-6);
        match idle {
            Some(i) => points.remove(i),
            None => break,
        };
    }
    if crosses(&points) {
        return Err(Fault::Shape("its outline crosses itself"));
    }
    if doubled_area(&points) < 0.0 {
        points.reverse();
    }
    let [lo, _] = bounds(&points);
    Ok(points.iter().map(|p| [round_length(p[0] - lo[0]), round_length(p[1] - lo[1])]).collect())
}

/// Positive where a → b → c turns left.
fn turn_at(a: [f64; 2], b: [f64; 2], c: [f64; 2]) -> f64 {
    (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])
}

fn crosses(points: &[[f64; 2]]) -> bool {
    let n = points.len();
    let side = |i: usize| (points[i], points[(i + 1) % n]);
    (0..n).any(|i| {
        ((i + 2)..n).filter(|j| (j + 1) % n != i).any(|j| {
            let ((a, b), (c, d)) = (side(i), side(j));
            let apart = |p: f64, q: f64| (p > 0.0 && q > 0.0) || (p < 0.0 && q < 0.0);
            let between = |k: usize| a[k].max(b[k]) >= c[k].min(d[k]) && c[k].max(d[k]) >= a[k].min(b[k]);
            !apart(turn_at(a, b, c), turn_at(a, b, d)) && !apart(turn_at(c, d, a), turn_at(c, d, b)) && between(0) && between(1)
        })
    })
}

/// A profile from bottom to top that starts at height 0.
fn profile(mut points: Vec<[f64; 2]>) -> Result<Vec<[f64; 2]>, Fault> {
    points.dedup_by(|b, a| libm::fabs(a[0] - b[0]) < 0.05 && libm::fabs(a[1] - b[1]) < 0.05);
    if points.len() < 2 {
        return Err(Fault::Shape("its profile has no extent"));
    }
    if points.iter().any(|p| p[0] < 0.0) {
        return Err(Fault::Shape("its profile crosses the axis"));
    }
    // Upwards outside, so that its surface looks outwards: what lies between it and the axis counts.
    if points.windows(2).map(|p| (p[0][0] + p[1][0]) * (p[1][1] - p[0][1])).sum::<f64>() < 0.0 {
        points.reverse();
    }
    let [lo, _] = bounds(&points);
    points.iter_mut().for_each(|p| p[1] = round_length(p[1] - lo[1]));
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::profile;

    #[test]
    fn a_profile_runs_up_outside_however_it_is_written() {
        let ring = vec![[20.0, 0.0], [30.0, 0.0], [30.0, 50.0], [20.0, 50.0], [20.0, 0.0]];
        let cup = vec![[0.0, 0.0], [30.0, 0.0], [30.0, 50.0], [25.0, 50.0], [25.0, 5.0], [0.0, 5.0]];
        for right in [ring, cup] {
            let wrong = right.iter().rev().copied().collect();
            assert_eq!(profile(right.clone()).ok(), Some(right.clone()));
            assert_eq!(profile(wrong).ok(), Some(right));
        }
    }
}
