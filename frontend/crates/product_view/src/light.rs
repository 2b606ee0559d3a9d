//! Where the light comes from: our own studio, drawn by the shader, or a room that was photographed (see `frontend/light/make.py`).

mod room;

pub use room::ROOM;

/// Light of a room, product space, linear.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    /// Towards its window, which throws the shadow.
    pub key: [f32; 3],
    /// What a white matt surface gives back of its light, turned towards it.
    pub colour: [f32; 3],
    /// What white matt surfaces give back of all light, the window's included: spherical harmonics of three bands.
    pub received: [[f32; 3]; 9],
}

impl Room {
    /// What a white matt surface that looks in some direction (of length 1) gives back.
    #[must_use]
    pub fn received(&self, [x, y, z]: [f32; 3]) -> [f32; 3] {
        let h = [
            0.282_095,
            0.488_603 * y,
            0.488_603 * z,
            0.488_603 * x,
            1.092_548 * x * y,
            1.092_548 * y * z,
            0.315_392 * (3.0 * z * z - 1.0),
            1.092_548 * x * z,
            0.546_274 * (x * x - y * y),
        ];
        [0, 1, 2].map(|k| self.received.iter().zip(h).map(|(c, h)| c[k] * h).sum())
    }
}

/// Towards the studio's key light: above, in front and to the left.
pub(crate) const STUDIO_KEY: [f32; 3] = [-0.42, -0.36, 1.0];

#[cfg(test)]
mod tests {
    use super::ROOM;

    #[test]
    fn the_room_is_as_bright_as_the_studio_and_its_window_is_in_front() {
        for n in [[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, -1.0]] {
            let facing = (0..3).map(|k| n[k] * ROOM.key[k]).sum::<f32>().max(0.0);
            let all = ROOM.received(n);
            assert!(all.iter().all(|v| (0.15..1.5).contains(v)), "{n:?}: {all:?}");
            // The window alone is no brighter than the room with it.
            assert!((0..3).all(|k| ROOM.colour[k] * facing <= all[k] * 1.1), "{n:?}: {all:?}");
        }
        let key = ROOM.key;
        assert!((key.iter().map(|v| v * v).sum::<f32>() - 1.0).abs() < 1e-3);
        assert!(key[1] < -0.2 && key[2] > 0.2, "{key:?}");
    }

    /// The shader knows the size of the room's picture by heart.
    #[test]
    fn the_atlas_is_as_large_as_the_shader_takes_it() {
        let file = include_bytes!("../../../../public/img/room-light.webp");
        assert_eq!((&file[8..16], file[20]), (&b"WEBPVP8L"[..], 0x2f), "lossless, or its levels run into each other");
        // Two sizes less one, 14 bits each.
        let sizes = u32::from_le_bytes(file[21..25].try_into().expect("four bytes"));
        let (width, height) = ((sizes & 0x3fff) + 1, (sizes >> 14 & 0x3fff) + 1);
        assert!(include_str!("shaders/room.frag").contains(&format!("vec2({width}.0, {height}.0)")), "{width} × {height}");
    }
}
