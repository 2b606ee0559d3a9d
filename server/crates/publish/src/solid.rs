//! Boxes around parts over whole ranges.

use crate::abstraction::{Judge, Linear};
use product::{Expr, PartDef, ShapeDef, Value};

/// Lowest and highest coordinate of a part per axis, each as linear bounds: the part lies within all of them.
pub(crate) struct Around {
    pub low: [Vec<Linear>; 3],
    pub high: [Vec<Linear>; 3],
    /// Outer size in the part's own frame; must be positive.
    pub size: [Linear; 3],
}

/// The box around a part; `None` when its rotation is not a constant, which cannot be judged linearly.
pub(crate) fn around(part: &PartDef, judge: &Judge<'_>) -> Option<Around> {
    let size = size(&part.shape, judge);
    let at: [Linear; 3] = [judge.number(&part.at[0]), judge.number(&part.at[1]), judge.number(&part.at[2])];
    let degrees = match &part.rotation {
        None => 0.0,
        Some(Expr::Lit(Value::Num(d))) => *d,
        Some(expr) => {
            let (lo, hi) = judge.range(&judge.number(expr));
            if hi - lo > 1e-9 {
                return None;
            }
            lo
        }
    };
    let (sin, cos) = degrees.to_radians().sin_cos();
    let zero = size[0].minus(&size[0]);
    // The four corners of its plan, turned about the minimum corner.
    let corners = [(&zero, &zero), (&size[0], &zero), (&size[0], &size[1]), (&zero, &size[1])];
    let turned = |c: f64, s: f64| corners.iter().map(|(w, d)| scale(w, c).plus(&scale(d, s))).collect::<Vec<_>>();
    let (xs, ys) = if part.rotation.is_some() {
        (turned(cos, -sin), turned(sin, cos))
    } else {
        (vec![zero.clone(), size[0].clone()], vec![zero.clone(), size[1].clone()])
    };
    let place = |offsets: &[Linear], k: usize| offsets.iter().map(|o| at[k].plus(o)).collect::<Vec<_>>();
    let (x, y) = (place(&xs, 0), place(&ys, 1));
    let (low_z, high_z) = (vec![at[2].clone()], vec![at[2].plus(&size[2])]);
    Some(Around { low: [x.clone(), y.clone(), low_z], high: [x, y, high_z], size })
}

fn scale(x: &Linear, by: f64) -> Linear {
    // Tiny sines of right angles would smear exact results.
    let by = if by.abs() < 1e-12 { 0.0 } else { by };
    x.times(by)
}

fn size(shape: &ShapeDef, judge: &Judge<'_>) -> [Linear; 3] {
    let n = |e: &Expr| judge.number(e);
    match shape {
        ShapeDef::Box { size } | ShapeDef::Panel { size, .. } | ShapeDef::Tube { size, .. } | ShapeDef::Cushion { size, .. } => {
            [n(&size[0]), n(&size[1]), n(&size[2])]
        }
        ShapeDef::Cylinder { diameter, length, axis } => along(*axis, [n(diameter), n(diameter)], n(length)),
        ShapeDef::Extrusion { outline, length, axis } => along(*axis, [extent(outline, 0, judge), extent(outline, 1, judge)], n(length)),
        ShapeDef::Revolve { profile } => {
            let radii = profile.iter().map(|p| n(&p[0]));
            let wide = radii.reduce(|a, b| judge.larger(&a, &b)).unwrap_or_else(|| n(&Expr::Lit(Value::Num(0.0)))).times(2.0);
            [wide.clone(), wide, extent(profile, 1, judge)]
        }
        ShapeDef::Loft { bottom, top, height } => {
            let across = |k: usize| {
                let ends = [bottom, top].map(|r| n(&r[k]).plus(&n(&r[k + 2])));
                judge.larger(&ends[0], &ends[1]).minus(&judge.smaller(&n(&bottom[k]), &n(&top[k])))
            };
            [across(0), across(1), n(height)]
        }
    }
}

/// Largest minus smallest coordinate.
fn extent(points: &[[Expr; 2]], k: usize, judge: &Judge<'_>) -> Linear {
    let all: Vec<Linear> = points.iter().map(|p| judge.number(&p[k])).collect();
    let largest = all.iter().cloned().reduce(|a, b| judge.larger(&a, &b));
    let smallest = all.iter().cloned().reduce(|a, b| judge.smaller(&a, &b));
    match (largest, smallest) {
        (Some(a), Some(b)) => a.minus(&b),
        _ => judge.number(&Expr::Lit(Value::Num(0.0))),
    }
}

fn along(axis: char, [w, h]: [Linear; 2], length: Linear) -> [Linear; 3] {
    match axis {
        'x' => [length, w, h],
        'y' => [w, length, h],
        _ => [w, h, length],
    }
}
