//! Line drawings made ready for paper: strokes as SVG, words and numbers beside them for the typesetter, millimetres of paper.

use crate::line::{Camera, Drawing, Weight, draw};
use scene::Scene;
use serde::Serialize;
use std::fmt::Write;

/// Outline, detail and dimension lines, millimetres wide.
const WIDTHS: [f64; 3] = [0.32, 0.16, 0.14];
const INK: &str = "#1a201e";
const BLUE: &str = "#0a6396";
/// Scales that a drawing may have.
pub(crate) const SCALES: [f64; 12] = [1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 25.0, 50.0, 100.0, 200.0, 500.0, 1000.0];

/// A figure. Origin at the upper left, X to the right, Y downwards.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// Name of the strokes' file.
    pub file: String,
    /// Strokes.
    #[serde(skip)]
    pub svg: String,
    /// Width on paper.
    pub width: f64,
    /// Height on paper.
    pub height: f64,
    /// Sizes at their dimension lines.
    pub labels: Vec<Label>,
    /// Numbers of parts.
    pub balloons: Vec<Balloon>,
    /// What it shows, for whoever can't see it.
    pub alt: String,
}

/// Words with their middle at a place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Label {
    /// Middle.
    pub at: [f64; 2],
    /// Degrees, clockwise.
    pub turn: f64,
    /// What it says.
    pub text: String,
}

/// A number beside the drawing; its leader is among the strokes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Balloon {
    /// Middle.
    pub at: [f64; 2],
    /// What it says.
    pub number: usize,
}

/// Strokes on paper being collected.
struct Sheet<'a> {
    drawing: &'a Drawing,
    /// Paper millimetres for a millimetre of the product.
    scale: f64,
    /// Where the drawing's upper left corner lies on paper.
    corner: [f64; 2],
    extra: String,
    labels: Vec<Label>,
    balloons: Vec<Balloon>,
}

impl<'a> Sheet<'a> {
    fn new(drawing: &'a Drawing, scale: f64, corner: [f64; 2]) -> Self {
        Self { drawing, scale, corner, extra: String::new(), labels: Vec::new(), balloons: Vec::new() }
    }

    fn at(&self, p: [f64; 2]) -> [f64; 2] {
        [self.corner[0] + (p[0] - self.drawing.min[0]) * self.scale, self.corner[1] + (self.drawing.max[1] - p[1]) * self.scale]
    }

    /// A dimension line between two places on paper, shifted by `away`, with extension lines, oblique ticks and its words in the middle.
    fn dimension(&mut self, from: [f64; 2], to: [f64; 2], away: [f64; 2], text: String) {
        let length = away[0].hypot(away[1]).max(1e-9);
        let unit = [away[0] / length, away[1] / length];
        let shifted = |p: [f64; 2], by: f64| [p[0] + unit[0] * by, p[1] + unit[1] * by];
        let (a, b) = (shifted(from, length), shifted(to, length));
        let mut line = |p: [f64; 2], q: [f64; 2]| segment(&mut self.extra, p, q);
        // The words stand in a gap of the line: a digit is some 1.5 mm wide at their size.
        let whole = (b[0] - a[0]).hypot(b[1] - a[1]).max(1e-9);
        let gap = ((text.chars().count() as f64).mul_add(1.5, 1.6) / whole).min(0.9);
        let along = |share: f64| [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share];
        line(a, along(0.5 - gap / 2.0));
        line(along(0.5 + gap / 2.0), b);
        for (start, end) in [(from, a), (to, b)] {
            line(shifted(start, 1.2), shifted(end, 1.4));
            line([end[0] - 0.9, end[1] + 0.9], [end[0] + 0.9, end[1] - 0.9]);
        }
        // Read from below or from the right, as ISO 129-1 wants.
        let mut turn = (b[1] - a[1]).atan2(b[0] - a[0]).to_degrees();
        if turn > 89.9 {
            turn -= 180.0;
        } else if turn < -90.1 {
            turn += 180.0;
        }
        self.labels.push(Label { at: [f64::midpoint(a[0], b[0]), f64::midpoint(a[1], b[1])].map(short), turn: short(turn), text });
    }

    fn done(self, file: &str, size: [f64; 2], alt: String) -> Figure {
        let [width, height] = size.map(short);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}mm\" height=\"{height}mm\" viewBox=\"0 0 {width} {height}\" fill=\"none\" stroke-linecap=\"round\">"
        );
        let weights = [(Weight::Detail, WIDTHS[1]), (Weight::Outline, WIDTHS[0])];
        svg.push_str(&strokes(self.drawing, weights, |p| self.at(p)));
        let _ = write!(svg, "<path stroke=\"{BLUE}\" stroke-width=\"{}\" d=\"{}\"/></svg>", WIDTHS[2], self.extra);
        Figure { file: file.to_owned(), svg, width, height, labels: self.labels, balloons: self.balloons, alt }
    }
}

/// Lines of a drawing in ink, each weight of its width.
fn strokes(drawing: &Drawing, widths: [(Weight, f64); 2], at: impl Fn([f64; 2]) -> [f64; 2]) -> String {
    let mut svg = String::new();
    for (weight, thick) in widths {
        let mut path = String::new();
        for stroke in drawing.strokes.iter().filter(|s| s.weight == weight) {
            let [a, b] = stroke.line.map(&at);
            segment(&mut path, a, b);
        }
        let _ = write!(svg, "<path stroke=\"{INK}\" stroke-width=\"{thick}\" d=\"{path}\"/>");
    }
    svg
}

/// Size of a poster, pixels: that of the stills.
const POSTER: [f64; 2] = [1120.0, 840.0];

/// The first look of the view in the browser, as lines on nothing, an SVG of 4:3: what is seen until the view is there, or instead of it.
#[must_use]
pub fn poster(scene: &Scene) -> String {
    let [width, height] = POSTER;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" fill=\"none\" stroke-linecap=\"round\">"
    );
    if let Some(bounds) = scene.bounds() {
        let camera = Camera::home(bounds);
        let scale = height / 2.0 / camera.half_height().max(1e-6);
        let at = |[x, y]: [f64; 2]| [width / 2.0 + x * scale, height / 2.0 - y * scale].map(|v| (v * 10.0).round() / 10.0);
        svg.push_str(&strokes(&draw(scene, &[], &camera), [(Weight::Detail, 1.1), (Weight::Outline, 1.6)], at));
    }
    svg.push_str("</svg>");
    svg
}

/// A thing from above as a symbol for plans: an SVG whose units are millimetres, its middle at the origin, the front downwards.
#[must_use]
pub fn symbol(scene: &Scene) -> String {
    let drawing = draw(scene, &[], &Camera::top());
    let [width, height] = drawing.size().map(|v| v.max(1.0));
    let middle = [0, 1].map(|k| f64::midpoint(drawing.min[k], drawing.max[k]));
    // Lines of 0.35 and 0.18 mm on paper at 1:20.
    let widths = [(Weight::Detail, 3.6), (Weight::Outline, 7.0)];
    let at = |[x, y]: [f64; 2]| [x - middle[0], middle[1] - y].map(|v| (v * 10.0).round() / 10.0);
    let [w, h] = [width + 20.0, height + 20.0].map(short);
    let (left, top) = (short(-w / 2.0), short(-h / 2.0));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}mm\" height=\"{h}mm\" viewBox=\"{left} {top} {w} {h}\" fill=\"none\" stroke-linecap=\"round\">{}</svg>",
        strokes(&drawing, widths, at)
    )
}

/// Hundredths of a millimetre are finer than any printer.
fn short(v: f64) -> f64 {
    (v * 100.0).round() / 100.0
}

fn segment(path: &mut String, a: [f64; 2], b: [f64; 2]) {
    let _ = write!(path, "M{} {}L{} {}", short(a[0]), short(a[1]), short(b[0]), short(b[1]));
}

/// Millimetres as people write them.
#[must_use]
pub fn mm(length: f64) -> String {
    format!("{}", (length * 10.0).round() / 10.0)
}

/// Around [`overall`], for its sizes, mm of paper.
pub(crate) const OVERALL_MARGIN: f64 = 12.0;

/// The whole product from the front right and above, with its three outer sizes, as large as `room` (mm of paper) allows.
#[must_use]
pub fn overall(scene: &Scene, name: &str, file: &str, room: [f64; 2]) -> Figure {
    const MARGIN: f64 = OVERALL_MARGIN;
    let camera = Camera::oblique();
    let drawing = draw(scene, &[], &camera);
    let scale = fit(drawing.size(), [room[0] - 2.0 * MARGIN, room[1] - 2.0 * MARGIN]);
    let size = drawing.size().map(|v| v * scale + 2.0 * MARGIN);
    let mut sheet = Sheet::new(&drawing, scale, [MARGIN, MARGIN]);
    let Some((lo, hi)) = scene.bounds().map(|(lo, hi)| (lo.map(f64::from), hi.map(f64::from))) else { return sheet.done(file, size, name.to_owned()) };
    let [w, d, h] = [0, 1, 2].map(|k| mm(hi[k] - lo[k]));
    let origin = camera.paper([0.0; 3]);
    // Where a direction of the product points on paper.
    let toward = |v: [f64; 3], by: f64| {
        let p = camera.paper(v);
        let (x, y) = (p[0] - origin[0], origin[1] - p[1]);
        let length = x.hypot(y).max(1e-9);
        [x / length * by, y / length * by]
    };
    let corner = |x: f64, y: f64, z: f64| sheet.at(camera.paper([x, y, z]));
    let (front_left, front_right, back_right) = (corner(lo[0], lo[1], lo[2]), corner(hi[0], lo[1], lo[2]), corner(hi[0], hi[1], lo[2]));
    let top_left = corner(lo[0], lo[1], hi[2]);
    sheet.dimension(front_left, front_right, toward([0.0, -1.0, 0.0], 7.0), w.clone());
    sheet.dimension(front_right, back_right, toward([1.0, 0.0, 0.0], 7.0), d.clone());
    sheet.dimension(front_left, top_left, toward([-1.0, 0.0, 0.0], 7.0), h.clone());
    sheet.done(file, size, format!("{name}, drawn from the front right and above: {w} mm wide, {d} mm deep, {h} mm high."))
}

/// One straight view at a scale, with its outer sizes below and at the left.
pub(crate) fn view(scene: &Scene, camera: &Camera, scale: f64, (name, file): (&str, &str)) -> Figure {
    const MARGIN: f64 = 11.0;
    let drawing = draw(scene, &[], camera);
    let [width, height] = drawing.size();
    let size = [width * scale + MARGIN + 2.0, height * scale + MARGIN + 2.0];
    let mut sheet = Sheet::new(&drawing, scale, [MARGIN, 2.0]);
    let [left, right] = [drawing.min[0], drawing.max[0]].map(|x| sheet.at([x, drawing.min[1]]));
    let top = sheet.at([drawing.min[0], drawing.max[1]]);
    sheet.dimension(left, right, [0.0, 7.0], mm(width));
    sheet.dimension(left, top, [-7.0, 0.0], mm(height));
    sheet.done(file, size, format!("{name}: {} × {} mm.", mm(width), mm(height)))
}

/// Front, right side and plan at one scale, e.g. `20.0` for 1:20: the largest of the usual ones at which front and side stand beside each other, and front
/// and plan below each other, in `room` (mm of paper).
#[must_use]
pub fn views(scene: &Scene, room: [f64; 2]) -> (f64, [Figure; 3]) {
    const MARGINS: f64 = 36.0;
    let size = scene.bounds().map_or([1.0; 3], |(lo, hi)| [0, 1, 2].map(|k| f64::from(hi[k] - lo[k])));
    let fits = |s: &f64| (size[0] + size[1]) / s + MARGINS <= room[0] && (size[2] + size[1]) / s + MARGINS <= room[1];
    let scale = SCALES.into_iter().find(fits).unwrap_or(1000.0);
    let made = |camera: Camera, name: &str, file: &str| view(scene, &camera, 1.0 / scale, (name, file));
    (scale, [made(Camera::front(), "Front", "front.svg"), made(Camera::side(), "Right side", "side.svg"), made(Camera::top(), "Plan", "plan.svg")])
}

/// The product taken apart, with a number at one part of each group. `groups` are indices of items of the scene, numbered from 1; a group that is hidden
/// altogether has no number.
#[must_use]
pub fn exploded(scene: &Scene, groups: &[Vec<usize>], (name, file): (&str, &str), room: [f64; 2]) -> Figure {
    const MARGIN: f64 = 14.0;
    let camera = Camera::oblique();
    let numbered = |drawing: &Drawing| groups.iter().filter(|g| g.iter().any(|i| drawing.seen.get(*i).is_some_and(Option::is_some))).count();
    // What lies under a wide top needs more air than what stands beside it: as little as shows something of each.
    let mut drawing = draw(scene, &scene.apart(0.8), &camera);
    for air in [0.5, 1.0] {
        if numbered(&drawing) == groups.len() {
            break;
        }
        let airy = draw(scene, &storeys(scene, air), &camera);
        if numbered(&airy) > numbered(&drawing) {
            drawing = airy;
        }
    }
    let scale = fit(drawing.size(), [room[0] - 2.0 * MARGIN, room[1] - 4.0]);
    let size = [room[0], drawing.size()[1] * scale + 4.0];
    let side = (room[0] - drawing.size()[0] * scale) / 2.0;
    let mut sheet = Sheet::new(&drawing, scale, [side, 2.0]);
    // Of several equal parts the one that is seen best.
    let best = |group: &Vec<usize>| {
        let seen = group.iter().filter_map(|i| drawing.seen.get(*i).copied().flatten());
        seen.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| at)
    };
    let marks: Vec<(usize, [f64; 2])> = groups.iter().enumerate().filter_map(|(i, g)| Some((i + 1, sheet.at(best(g)?)))).collect();
    let middle = {
        let mut x: Vec<f64> = marks.iter().map(|(_, at)| at[0]).collect();
        x.sort_by(f64::total_cmp);
        x.get(x.len() / 2).copied().unwrap_or(room[0] / 2.0)
    };
    let (left, right): (Vec<_>, Vec<_>) = marks.into_iter().partition(|(_, at)| at[0] < middle);
    for (marks, x) in [(left, 4.0), (right, room[0] - 4.0)] {
        for (number, from, y) in spread(marks, size[1]) {
            let inward = if x < room[0] / 2.0 { 2.6 } else { -2.6 };
            segment(&mut sheet.extra, from, [x + inward, y]);
            // A dot where the leader ends.
            for turn in [0.0f64, 45.0, 90.0, 135.0] {
                let (sin, cos) = turn.to_radians().sin_cos();
                segment(&mut sheet.extra, [from[0] - 0.35 * cos, from[1] - 0.35 * sin], [from[0] + 0.35 * cos, from[1] + 0.35 * sin]);
            }
            sheet.balloons.push(Balloon { at: [short(x), short(y)], number });
        }
    }
    sheet.balloons.sort_by_key(|b| b.number);
    sheet.done(file, size, format!("{name} taken apart, {} kinds of parts with their numbers.", groups.len()))
}

/// Taken apart, and things at different heights lifted off each other by `air` of a tenth of the product's size for each height below them.
fn storeys(scene: &Scene, air: f32) -> Vec<[f32; 3]> {
    let Some((lo, hi)) = scene.bounds() else { return Vec::new() };
    let size = (0..3).map(|k| hi[k] - lo[k]).fold(0.0, f32::max);
    let middle = |i: &scene::Item| i.mesh.bounds().map_or(0.0, |(lo, hi)| f32::midpoint(lo[2], hi[2]));
    let mut heights: Vec<f32> = scene.items.iter().map(middle).collect();
    heights.sort_by(f32::total_cmp);
    heights.dedup_by(|next, last| *next - *last < size * 0.01);
    let below = |z: f32| heights.iter().take_while(|h| **h < z - size * 0.01).count() as f32;
    let apart = scene.apart(0.8);
    scene.items.iter().zip(apart).map(|(item, [x, y, z])| [x, y, z * 0.5 + below(middle(item)) * size * 0.1 * air]).collect()
}

/// Heights of numbers in a column, from top to bottom, none nearer to the next than a balloon is high, all inside 0 to `height`.
fn spread(mut marks: Vec<(usize, [f64; 2])>, height: f64) -> Vec<(usize, [f64; 2], f64)> {
    marks.sort_by(|a, b| a.1[1].total_cmp(&b.1[1]));
    let step = 6.2f64.min((height - 6.0).max(0.0) / marks.len().max(1) as f64);
    let mut ys: Vec<f64> = marks.iter().map(|(_, at)| at[1]).collect();
    let mut least = 3.0;
    for y in &mut ys {
        *y = y.max(least);
        least = *y + step;
    }
    let mut most = height - 3.0;
    for y in ys.iter_mut().rev() {
        *y = y.min(most);
        most = *y - step;
    }
    marks.into_iter().zip(ys).map(|((number, from), y)| (number, from, y)).collect()
}

fn fit(size: [f64; 2], room: [f64; 2]) -> f64 {
    (room[0].max(1.0) / size[0].max(1e-6)).min(room[1].max(1.0) / size[1].max(1e-6))
}

#[cfg(test)]
mod tests {
    use super::{mm, spread};

    #[test]
    fn numbers_keep_their_distance_and_stay_on_the_paper() {
        let marks = (1..=9).map(|n| (n, [10.0, if n < 6 { 40.0 } else { 79.0 }])).collect();
        let placed = spread(marks, 80.0);
        assert!(placed.windows(2).all(|p| p[1].2 - p[0].2 > 6.1), "{placed:?}");
        assert!(placed.iter().all(|(_, _, y)| (2.9..=77.1).contains(y)), "{placed:?}");
        // More than fit: closer, still in order.
        let crowd = spread((1..=40).map(|n| (n, [10.0, 40.0])).collect(), 80.0);
        assert!(crowd.windows(2).all(|p| p[1].2 > p[0].2) && crowd.iter().all(|(_, _, y)| (0.0..=80.0).contains(y)), "{crowd:?}");
    }

    #[test]
    fn lengths_have_a_tenth_at_most() {
        assert_eq!([1600.0, 12.34, 12.0].map(mm), ["1600", "12.3", "12"]);
    }
}
