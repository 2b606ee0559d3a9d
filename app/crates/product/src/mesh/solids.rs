//! Shapes → surfaces.

use super::outline::{Corner, around, circle, polygon, quarter_steps, rectangle};
use super::shell::{Ring, Shell};
use crate::part::{Hole, Shape};

pub(super) fn build(shell: &mut Shell, shape: &Shape) {
    match shape {
        Shape::Box { .. } => block(shell, 0.0, 0.0, &[]),
        Shape::Panel { holes, bevel, corner, .. } => block(shell, *bevel, *corner, holes),
        Shape::Cylinder { diameter, length, .. } => {
            let radius = diameter / 2.0;
            let outline = circle([radius, radius], radius);
            shell.walls(&[Ring::upright(outline.clone(), 0.0), Ring::upright(outline.clone(), *length)], false);
            shell.cap_convex(&outline, 0.0, false);
            shell.cap_convex(&outline, *length, true);
        }
        Shape::Tube { wall, corner, .. } => tube(shell, *wall, *corner),
        Shape::Extrusion { outline, length, .. } => {
            let outline = polygon(outline, true);
            shell.walls(&[Ring::upright(outline.clone(), 0.0), Ring::upright(outline.clone(), *length)], false);
            shell.caps(&outline, &[], [0.0, *length]);
        }
        Shape::Revolve { profile } => revolve(shell, profile),
        Shape::Cushion { corner, puff, piping, .. } => super::cushion::build(shell, *corner, *puff, *piping),
        Shape::Loft { bottom, top, height } => loft(shell, *bottom, *top, *height),
    }
}

/// A block with rounded upright edges, chamfered ends and holes along c.
fn block(shell: &mut Shell, bevel: f64, corner: f64, holes: &[Hole]) {
    let [w, h, length] = shell.frame();
    let corner = corner.min(w / 2.0).min(h / 2.0);
    let mut bevel = bevel.min(0.49 * length).min(0.49 * w).min(0.49 * h);
    if corner > 0.0 {
        bevel = bevel.min(0.95 * corner);
    }
    let steps = quarter_steps(corner);
    let inset = |d: f64| rectangle([d, d], [w - d, h - d], (corner > 0.0).then(|| (corner - d).max(0.0)), steps);
    if bevel > 0.0 {
        // The chamfer turns from the wall's normal to the cap's: it catches light like a rounding, with one row of faces.
        shell.walls(
            &[
                Ring { corners: inset(bevel), height: 0.0, tilt: [0.0, -1.0] },
                Ring::upright(inset(0.0), bevel),
                Ring::upright(inset(0.0), length - bevel),
                Ring { corners: inset(bevel), height: length, tilt: [0.0, 1.0] },
            ],
            false,
        );
    } else {
        shell.walls(&[Ring::upright(inset(0.0), 0.0), Ring::upright(inset(0.0), length)], false);
    }
    let end = inset(bevel);
    if holes.is_empty() {
        shell.cap_convex(&end, 0.0, false);
        shell.cap_convex(&end, length, true);
        return;
    }
    let holes: Vec<Vec<Corner>> = holes.iter().map(rim).collect();
    for hole in &holes {
        shell.walls(&[Ring::upright(hole.clone(), 0.0), Ring::upright(hole.clone(), length)], true);
    }
    shell.caps(&end, &holes, [0.0, length]);
}

fn rim(hole: &Hole) -> Vec<Corner> {
    match hole {
        Hole::Round { at, diameter } => circle(*at, diameter / 2.0),
        Hole::Rect { at: [x, y], size: [w, h] } => rectangle([x - w / 2.0, y - h / 2.0], [x + w / 2.0, y + h / 2.0], None, 1),
    }
}

/// A hollow profile; a wall that leaves no room inside makes it solid.
fn tube(shell: &mut Shell, wall: f64, corner: f64) {
    let [w, h, length] = shell.frame();
    if 2.0 * wall >= w.min(h) {
        block(shell, 0.0, corner, &[]);
        return;
    }
    let corner = corner.min(w / 2.0).min(h / 2.0);
    let steps = quarter_steps(corner);
    let radius = |d: f64| (corner > 0.0).then(|| (corner - d).max(0.0));
    let outer = rectangle([0.0, 0.0], [w, h], radius(0.0), steps);
    let mut inner = rectangle([wall, wall], [w - wall, h - wall], radius(wall), steps);
    if corner > 0.0 && corner <= wall {
        sharpen(&mut inner, steps);
    }
    shell.walls(&[Ring::upright(outer.clone(), 0.0), Ring::upright(outer.clone(), length)], false);
    shell.walls(&[Ring::upright(inner.clone(), 0.0), Ring::upright(inner.clone(), length)], true);
    if outer.len() == inner.len() {
        shell.cap_between(&outer, &inner, 0.0, false);
        shell.cap_between(&outer, &inner, length, true);
    } else {
        shell.caps(&outer, &[inner], [0.0, length]);
    }
}

/// Corners of radius 0 keep the normals of the sides beside them, not of an arc that isn't there.
fn sharpen(corners: &mut [Corner], steps: u32) {
    let sides = [[-1.0, 0.0], [0.0, -1.0], [1.0, 0.0], [0.0, 1.0]];
    for (k, quarter) in corners.chunks_mut(steps as usize + 1).enumerate() {
        let last = quarter.len() - 1;
        for (i, corner) in quarter.iter_mut().enumerate() {
            corner.into = sides[k % 4];
            corner.out = if i == last { sides[(k + 1) % 4] } else { sides[k % 4] };
        }
    }
}

/// Four plane sides between two rectangles of equal direction, and both ends.
fn loft(shell: &mut Shell, bottom: [f64; 4], top: [f64; 4], height: f64) {
    let ends = [bottom, top].map(|[x, y, w, d]| rectangle([x, y], [x + w, y + d], None, 1));
    let at = |end: usize, i: usize| [ends[end][i % 4].at[0], ends[end][i % 4].at[1], height * if end == 0 { 0.0 } else { 1.0 }];
    for i in 0..4 {
        shell.side([at(0, i), at(0, i + 1)], [at(1, i), at(1, i + 1)]);
    }
    shell.cap_convex(&ends[0], 0.0, false);
    shell.cap_convex(&ends[1], height, true);
}

/// A profile turned about the axis through the centre; open ends are closed by discs.
fn revolve(shell: &mut Shell, profile: &[[f64; 2]]) {
    let centre = shell.size[0] / 2.0;
    let steps = quarter_steps(centre).max(4);
    let line = polygon(profile, false);
    let ring = |r: f64| -> Vec<Corner> { around(steps).map(|n| Corner { at: [centre + r * n[0], centre + r * n[1]], into: n, out: n }).collect() };
    for pair in line.windows(2) {
        let [low, high] = pair else { continue };
        shell.walls(
            &[Ring { corners: ring(low.at[0]), height: low.at[1], tilt: low.out }, Ring { corners: ring(high.at[0]), height: high.at[1], tilt: high.into }],
            false,
        );
    }
    for (end, up) in [(line.first(), false), (line.last(), true)] {
        if let Some(end) = end.filter(|e| e.at[0] > 0.0) {
            shell.cap_convex(&ring(end.at[0]), end.at[1], up);
        }
    }
}
