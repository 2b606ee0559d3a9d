//! A depth buffer: what is nearest at each place of the paper.

/// Nothing here.
const NOBODY: u32 = u32::MAX;
/// Gaps and runs shorter than this many samples are noise of the sampling.
const NOISE: usize = 3;

/// Samples of one view. Rows from the bottom.
pub(super) struct Depth {
    min: [f64; 2],
    pitch: f64,
    columns: usize,
    rows: usize,
    near: Vec<f32>,
    who: Vec<u32>,
}

impl Depth {
    /// Covers a box on paper with samples `pitch` apart.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // At most a few thousand, see `super::FINE`.
    pub(super) fn new(min: [f64; 2], max: [f64; 2], pitch: f64) -> Self {
        let count = |k: usize| ((max[k] - min[k]) / pitch).ceil() as usize + 3;
        let (columns, rows) = (count(0), count(1));
        // One sample of margin on each side.
        Self { min: [min[0] - pitch, min[1] - pitch], pitch, columns, rows, near: vec![f32::NEG_INFINITY; columns * rows], who: vec![NOBODY; columns * rows] }
    }

    /// Enters a triangle (right, up, near) of an item. Its back counts too: it hides what is behind it.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Indices inside the buffer.
    pub(super) fn fill(&mut self, item: u32, corners: [[f64; 3]; 3]) {
        let [a, b, c] = corners.map(|p| [(p[0] - self.min[0]) / self.pitch, (p[1] - self.min[1]) / self.pitch, p[2]]);
        let area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
        if area.abs() < 1e-12 {
            return;
        }
        let least = |k: usize| a[k].min(b[k]).min(c[k]).floor().max(0.0) as usize;
        let most = |k: usize, count: usize| (a[k].max(b[k]).max(c[k]).ceil().max(0.0) as usize).min(count - 1);
        for row in least(1)..=most(1, self.rows) {
            for column in least(0)..=most(0, self.columns) {
                let (x, y) = (column as f64, row as f64);
                let v = ((x - a[0]) * (c[1] - a[1]) - (y - a[1]) * (c[0] - a[0])) / area;
                let w = ((b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])) / area;
                if v < 0.0 || w < 0.0 || v + w > 1.0 {
                    continue;
                }
                let near = (a[2] + v * (b[2] - a[2]) + w * (c[2] - a[2])) as f32;
                let i = row * self.columns + column;
                if near > self.near[i] {
                    self.near[i] = near;
                    self.who[i] = item;
                }
            }
        }
    }

    /// What is seen of a line in view space.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(super) fn visible(&self, from: [f64; 3], to: [f64; 3]) -> Vec<[[f64; 2]; 2]> {
        let at = |share: f64| [0, 1, 2].map(|k| from[k] + (to[k] - from[k]) * share);
        let steps = (((to[0] - from[0]).hypot(to[1] - from[1]) / self.pitch * 2.0).ceil() as usize).clamp(1, 20_000);
        let mut seen: Vec<bool> = (0..=steps).map(|i| self.clear(at(i as f64 / steps as f64))).collect();
        smooth(&mut seen);
        let mut lines = Vec::new();
        let mut start = None;
        for i in 0..=steps + 1 {
            match (seen.get(i).copied().unwrap_or(false), start) {
                (true, None) => start = Some(i),
                (false, Some(first)) => {
                    let ends = [at(first as f64 / steps as f64), at((i - 1) as f64 / steps as f64)];
                    if i - first > 1 {
                        lines.push(ends.map(|p| [p[0], p[1]]));
                    }
                    start = None;
                }
                _ => {}
            }
        }
        lines
    }

    /// Whether nothing is in front of a point. A surface that the line itself lies on is not: one of the samples around it is as far away as the line.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn clear(&self, p: [f64; 3]) -> bool {
        let slack = 2.0 * self.pitch + 0.3;
        let [x, y] = [0, 1].map(|k| ((p[k] - self.min[k]) / self.pitch).floor().max(0.0) as usize);
        [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)].into_iter().any(|(x, y)| {
            let i = y.min(self.rows - 1) * self.columns + x.min(self.columns - 1);
            f64::from(self.near[i]) <= p[2] + slack
        })
    }

    /// For each item the middle of the largest square of samples that shows nothing else, and how much of it is seen, mm².
    pub(super) fn places(&self, items: usize) -> Vec<Option<([f64; 2], f64)>> {
        let mut best: Vec<Option<(u32, usize)>> = vec![None; items];
        let mut count = vec![0usize; items];
        // Side of the square that ends at each sample, one row at a time.
        let mut above = vec![0u32; self.columns];
        for row in 0..self.rows {
            let mut left = 0u32;
            let mut corner = 0u32;
            for (column, above) in above.iter_mut().enumerate() {
                let i = row * self.columns + column;
                let who = self.who[i];
                let up = *above;
                let same = |other: Option<usize>| other.is_some_and(|o| self.who[o] == who);
                let side = if who == NOBODY {
                    0
                } else if row > 0 && column > 0 && same(i.checked_sub(1)) && same(i.checked_sub(self.columns)) && same(i.checked_sub(self.columns + 1)) {
                    left.min(up).min(corner) + 1
                } else {
                    1
                };
                (corner, left, *above) = (up, side, side);
                if let Some(place) = best.get_mut(who as usize) {
                    count[who as usize] += 1;
                    if place.is_none_or(|(most, _)| side > most) {
                        *place = Some((side, i));
                    }
                }
            }
        }
        let middle = |(side, i): (u32, usize)| {
            let back = f64::from(side - 1) / 2.0;
            let (column, row) = ((i % self.columns) as f64, (i / self.columns) as f64);
            [self.min[0] + (column - back) * self.pitch, self.min[1] + (row - back) * self.pitch]
        };
        best.into_iter().zip(count).map(|(place, n)| place.map(|p| (middle(p), n as f64 * self.pitch * self.pitch))).collect()
    }
}

/// Closes gaps and drops runs that are too short to be true, except at the ends.
fn smooth(seen: &mut [bool]) {
    for value in [false, true] {
        let mut i = 0;
        while i < seen.len() {
            let run = seen[i..].iter().take_while(|s| **s == seen[i]).count();
            if seen[i] == value && run < NOISE && i > 0 && i + run < seen.len() {
                seen[i..i + run].fill(!value);
            }
            i += run;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Depth, smooth};

    #[test]
    fn a_line_behind_a_board_is_seen_left_and_right_of_it() {
        let mut depth = Depth::new([0.0, 0.0], [100.0, 50.0], 0.5);
        for corners in [[[40.0, 0.0, 10.0], [60.0, 0.0, 10.0], [60.0, 50.0, 10.0]], [[40.0, 0.0, 10.0], [60.0, 50.0, 10.0], [40.0, 50.0, 10.0]]] {
            depth.fill(0, corners);
        }
        let lines = depth.visible([0.0, 25.0, 0.0], [100.0, 25.0, 0.0]);
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!((lines[0][1][0] - 40.0).abs() < 1.0 && (lines[1][0][0] - 60.0).abs() < 1.0, "{lines:?}");
        assert_eq!(depth.visible([0.0, 25.0, 20.0], [100.0, 25.0, 20.0]), [[[0.0, 25.0], [100.0, 25.0]]]);

        let (place, area) = depth.places(1)[0].expect("it is seen");
        assert!((place[0] - 50.0).abs() < 10.1 && (area - 1000.0).abs() < 60.0, "{place:?} {area}");
    }

    #[test]
    fn noise_is_neither_a_gap_nor_a_line() {
        let mut seen = [true, true, true, true, false, true, true, true, false, false, false, false, true, false, false, false];
        smooth(&mut seen);
        assert_eq!(seen.map(u8::from), [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
}
