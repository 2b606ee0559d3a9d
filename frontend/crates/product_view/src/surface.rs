//! Surfaces by name: how each is drawn on the GPU, and how much of the material one picture covers. Sizes agree with the exact
//! model's pictures, so that the grain keeps its scale when the model is exchanged.

/// Numbers for the texture shader.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    /// Metres that one repeat covers, along the grain and across.
    pub tile: [f32; 2],
    /// Rings (whole), wave, contrast, fibre; for stone mottle, speck, vein.
    pub grain: [f32; 4],
    /// Pores, flame, kind.
    pub pores: [f32; 3],
    /// Start of the noise.
    pub seed: f32,
}

const WOOD: [f32; 2] = [2.4, 0.8];
const FINE: [f32; 2] = [0.8, 0.4];

const fn wood(seed: f32, rings: f32, wave: f32, contrast: f32, fibre: f32, pores: f32, flame: f32) -> Recipe {
    Recipe { tile: WOOD, grain: [rings, wave, contrast, fibre], pores: [pores, flame, 0.0], seed }
}

const fn stone(seed: f32, mottle: f32, speck: f32, vein: f32, tile: [f32; 2]) -> Recipe {
    Recipe { tile, grain: [mottle, speck, vein, 0.0], pores: [0.0, 0.0, 1.0], seed }
}

const fn other(seed: f32, kind: f32, strength: f32) -> Recipe {
    Recipe { tile: FINE, grain: [strength, 0.0, 0.0, 0.0], pores: [0.0, 0.0, kind], seed }
}

/// The recipe of a texture name; an unknown name still gets a surface that is not dead flat.
#[must_use]
pub fn recipe(name: &str) -> Recipe {
    match name {
        "oak" => wood(11.0, 13.0, 1.25, 0.10, 0.022, 0.10, 1.3),
        "smoked_oak" => wood(23.0, 14.0, 1.3, 0.20, 0.035, 0.20, 1.4),
        "walnut" => wood(37.0, 9.0, 1.6, 0.24, 0.036, 0.14, 1.7),
        "ash" => wood(53.0, 10.0, 1.5, 0.13, 0.018, 0.08, 1.9),
        "birch" => wood(61.0, 7.0, 1.2, 0.05, 0.014, 0.0, 1.2),
        "beech" => wood(71.0, 9.0, 0.9, 0.06, 0.018, 0.06, 0.9),
        "pine" => wood(83.0, 8.0, 1.1, 0.15, 0.014, 0.0, 1.5),
        "stone" => stone(101.0, 0.020, 0.05, 0.0, FINE),
        "quartz" => stone(107.0, 0.012, 0.07, 0.0, FINE),
        "terrazzo" => stone(109.0, 0.016, 0.13, 0.0, FINE),
        "concrete" => stone(113.0, 0.035, 0.03, 0.0, FINE),
        "marble" => stone(127.0, 0.020, 0.01, 0.10, WOOD),
        "felt" => other(137.0, 2.0, 0.0),
        "fabric" => other(139.0, 4.0, 0.10),
        "linen" => other(149.0, 4.0, 0.13),
        "steel" | "brushed" => other(151.0, 3.0, 0.0),
        _ => other(131.0, 2.0, 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::recipe;

    #[test]
    fn rings_are_whole_so_that_the_picture_repeats_without_a_seam() {
        for name in ["oak", "smoked_oak", "walnut", "ash", "birch", "beech", "pine"] {
            let r = recipe(name);
            assert!((r.grain[0] - r.grain[0].round()).abs() < 1e-6, "{name}");
            assert!(r.tile[0] > r.tile[1], "{name}: grain runs along u");
        }
    }

    #[test]
    fn an_unknown_surface_is_drawn_all_the_same() {
        assert_eq!(recipe("pewter"), recipe("lino"));
    }
}
