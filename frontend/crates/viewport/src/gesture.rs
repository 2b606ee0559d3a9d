//! Pointers → events. One state machine for mouse, pen and touch, so that there is never a second mover.

use crate::Event;

/// What a pressed pointer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointerKind {
    /// First button, one finger.
    Turn,
    /// Other buttons, or the first with Shift.
    Move,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Pointer {
    id: i32,
    kind: PointerKind,
    at: [f32; 2],
}

/// Pressed pointers, at most two of which count.
#[derive(Clone, Debug, Default)]
pub struct Gesture {
    pointers: Vec<Pointer>,
}

fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

fn middle(a: [f32; 2], b: [f32; 2]) -> [f32; 2] {
    [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0]
}

impl Gesture {
    /// A pointer is pressed at a point in CSS pixels.
    pub fn down(&mut self, id: i32, kind: PointerKind, at: [f32; 2]) {
        self.up(id);
        if self.pointers.len() < 2 {
            self.pointers.push(Pointer { id, kind, at });
        }
    }

    /// A pointer is released or taken over by the browser.
    pub fn up(&mut self, id: i32) {
        self.pointers.retain(|p| p.id != id);
    }

    /// Forgets everything, as when the window loses focus.
    pub fn clear(&mut self) {
        self.pointers.clear();
    }

    /// Whether any pointer is pressed.
    #[must_use]
    pub fn active(&self) -> bool {
        !self.pointers.is_empty()
    }

    /// A pressed pointer moved: what that means. Unknown pointers mean nothing.
    pub fn moved(&mut self, id: i32, to: [f32; 2]) -> Vec<Event> {
        let Some(index) = self.pointers.iter().position(|p| p.id == id) else { return Vec::new() };
        let from = self.pointers[index].at;
        self.pointers[index].at = to;
        let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
        if dx.abs() + dy.abs() < 1e-3 {
            return Vec::new();
        }
        if self.pointers.len() == 1 {
            return vec![match self.pointers[index].kind {
                PointerKind::Turn => Event::Orbit { dx, dy },
                PointerKind::Move => Event::Pan { dx, dy },
            }];
        }
        // Two fingers: their middle moves the picture, their distance scales it about that middle.
        let other = self.pointers[1 - index].at;
        let (before, after) = (distance(from, other), distance(to, other));
        let mut events = vec![Event::Pan { dx: dx / 2.0, dy: dy / 2.0 }];
        if before > 1.0 && after > 1.0 {
            events.push(Event::Zoom { factor: after / before, at: middle(to, other) });
        }
        events
    }
}

/// The event of a wheel turn: `delta` as the browser gives it, `mode` 0 pixels, 1 lines, 2 pages.
#[must_use]
pub fn wheel(delta: f32, mode: u32, at: [f32; 2]) -> Event {
    let pixels = match mode {
        1 => delta * 16.0,
        2 => delta * 400.0,
        _ => delta,
    };
    Event::Zoom { factor: (-pixels.clamp(-240.0, 240.0) * 0.0016).exp(), at }
}

/// The event of a key, by its `KeyboardEvent.key`; `None` for keys that mean nothing here.
#[must_use]
pub fn key(key: &str) -> Option<Event> {
    Some(match key {
        "ArrowLeft" => Event::OrbitStep { right: -1, up: 0 },
        "ArrowRight" => Event::OrbitStep { right: 1, up: 0 },
        "ArrowUp" => Event::OrbitStep { right: 0, up: 1 },
        "ArrowDown" => Event::OrbitStep { right: 0, up: -1 },
        "+" | "=" => Event::ZoomStep(1),
        "-" | "_" => Event::ZoomStep(-1),
        "Home" | "0" => Event::Reset,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_finger_turns_and_another_button_moves() {
        let mut gesture = Gesture::default();
        gesture.down(1, PointerKind::Turn, [10.0, 10.0]);
        assert_eq!(gesture.moved(1, [14.0, 7.0]), vec![Event::Orbit { dx: 4.0, dy: -3.0 }]);
        gesture.up(1);
        assert_eq!(gesture.moved(1, [20.0, 20.0]), vec![]);
        gesture.down(2, PointerKind::Move, [0.0, 0.0]);
        assert_eq!(gesture.moved(2, [1.0, 2.0]), vec![Event::Pan { dx: 1.0, dy: 2.0 }]);
    }

    #[test]
    fn two_fingers_scale_about_their_middle() {
        let mut gesture = Gesture::default();
        gesture.down(1, PointerKind::Turn, [0.0, 0.0]);
        gesture.down(2, PointerKind::Turn, [100.0, 0.0]);
        let events = gesture.moved(2, [200.0, 0.0]);
        assert_eq!(events, vec![Event::Pan { dx: 50.0, dy: 0.0 }, Event::Zoom { factor: 2.0, at: [100.0, 0.0] }]);
        // A third finger is not part of it.
        gesture.down(3, PointerKind::Turn, [5.0, 5.0]);
        assert!(gesture.moved(3, [50.0, 50.0]).is_empty());
    }

    #[test]
    fn a_finger_that_stays_after_a_pinch_goes_on_turning() {
        let mut gesture = Gesture::default();
        gesture.down(1, PointerKind::Turn, [0.0, 0.0]);
        gesture.down(2, PointerKind::Turn, [100.0, 0.0]);
        gesture.up(2);
        assert_eq!(gesture.moved(1, [5.0, 0.0]), vec![Event::Orbit { dx: 5.0, dy: 0.0 }]);
    }

    #[test]
    fn wheel_up_comes_closer_in_every_mode() {
        for (delta, mode, closer) in [(-100.0, 0, true), (3.0, 1, false), (-1.0, 2, true), (100_000.0, 0, false)] {
            let Event::Zoom { factor, .. } = wheel(delta, mode, [0.0, 0.0]) else { panic!("not a zoom") };
            assert_eq!(factor > 1.0, closer, "{delta} in mode {mode}");
            assert!((0.5..2.0).contains(&factor), "one notch never leaps: {factor}");
        }
    }

    #[test]
    fn keys_have_meanings_and_others_are_left_to_the_page() {
        assert_eq!(key("ArrowLeft"), Some(Event::OrbitStep { right: -1, up: 0 }));
        assert_eq!(key("Home"), Some(Event::Reset));
        assert_eq!(key("Tab"), None);
    }
}
