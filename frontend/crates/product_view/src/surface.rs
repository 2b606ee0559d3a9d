//! Surfaces by name: how each is drawn on the GPU, and how much of the material one picture covers. Sizes and numbers are those of the exact
//! model's pictures (`server/blender/materials.py`), so that the surface looks the same when the model is exchanged.

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
const HAND: [f32; 2] = [0.4, 0.2];

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
        "oak" => wood(11.0, 21.0, 1.5, 0.085, 0.020, 0.10, 1.9),
        "smoked_oak" => wood(23.0, 22.0, 1.6, 0.17, 0.035, 0.20, 2.0),
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
        "felt" => other(137.0, 5.0, 0.0),
        "fabric" => other(139.0, 4.0, 0.10),
        "linen" => other(149.0, 4.0, 0.13),
        "leather" => Recipe { tile: HAND, ..other(163.0, 6.0, 0.16) },
        "boucle" => Recipe { tile: HAND, ..other(173.0, 7.0, 0.13) },
        "steel" | "brushed" => other(151.0, 3.0, 0.0),
        _ => other(131.0, 2.0, 0.0),
    }
}

/// Layers of noise that the texture shader's formula of this kind wants, in its order: cells along, cells across, seed, shift across.
#[must_use]
pub fn octaves(recipe: &Recipe) -> Vec<[f32; 4]> {
    // Along, across, added to the seed, shift. Three layers of the same cells make one of a bell curve.
    let layers: &[[f32; 4]] = match recipe.pores[2] as u8 {
        0 => &[
            [1.0, 8.0, 0.0, 0.0],
            [2.0, 8.0, 50.0, 0.0],
            [4.0, 20.0, 1.0, 0.0],
            [1.0, 4.0, 2.0, 0.0],
            [1.0, 8.0, 3.0, 0.0],
            [6.0, 245.0, 4.0, 0.0],
            [1.0, 13.0, 5.0, 0.0],
            [1.0, 13.0, 5.0, 0.5],
            [23.0, 300.0, 6.0, 0.0],
            [23.0, 300.0, 26.0, 0.0],
            [23.0, 300.0, 46.0, 0.0],
        ],
        1 => &[
            [9.0, 4.0, 0.0, 0.0],
            [30.0, 15.0, 1.0, 0.0],
            [427.0, 213.0, 2.0, 0.0],
            [427.0, 213.0, 22.0, 0.0],
            [427.0, 213.0, 42.0, 0.0],
            [5.0, 3.0, 3.0, 0.0],
            [20.0, 12.0, 4.0, 0.0],
        ],
        2 => &[[73.0, 57.0, 0.0, 0.0], [341.0, 213.0, 1.0, 0.0], [11.0, 8.0, 2.0, 0.0]],
        3 => &[[4.0, 320.0, 0.0, 0.0]],
        4 => &[[17.0, 171.0, 0.0, 0.0], [341.0, 9.0, 1.0, 0.0]],
        6 => &[[102.0, 64.0, 0.0, 0.0], [205.0, 128.0, 1.0, 0.0], [6.0, 4.0, 2.0, 0.0]],
        7 => &[[51.0, 32.0, 0.0, 0.0], [114.0, 64.0, 1.0, 0.0], [341.0, 171.0, 2.0, 0.0]],
        _ => &[[341.0, 171.0, 0.0, 0.0], [34.0, 17.0, 1.0, 0.0]],
    };
    layers.iter().map(|[along, across, seed, shift]| [*along, *across, recipe.seed + seed, *shift]).collect()
}

#[cfg(test)]
mod tests {
    use super::{octaves, recipe};

    #[test]
    fn the_shader_has_room_for_every_layer_of_noise() {
        let shader = include_str!("shaders/texture.frag");
        for name in ["oak", "stone", "lino", "steel", "fabric", "felt", "leather", "boucle"] {
            let layers = octaves(&recipe(name));
            assert!((1..=11).contains(&layers.len()), "{name}");
            assert!(layers.iter().all(|l| l[..2].iter().all(|cells| (cells - cells.round()).abs() < 1e-6 && *cells >= 1.0)), "{name} repeats");
        }
        assert!(shader.contains("octaves[11]") && shader.contains("float v[11]"));
    }

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
        assert_ne!(recipe("felt"), recipe("lino"));
    }

    /// Both pictures of a surface are drawn with the same numbers.
    #[test]
    fn the_exact_model_has_the_same_surfaces() {
        let worker = include_str!("../../../../server/blender/materials.py");
        let mut compared = 0;
        for line in worker.lines() {
            // `"oak": (WOOD_TILE, lambda: wood(11, 21, 1.5, …)),`
            let Some((name, drawn)) = line.trim().strip_prefix('"').and_then(|l| l.split_once("\": (")) else { continue };
            let Some((tile, call)) = drawn.split_once(", lambda: ") else { continue };
            let (kind, numbers) = call.split_once('(').expect("a call");
            let numbers: Vec<f32> = numbers.trim_end_matches(&[')', ','][..]).split(", ").map(|n| n.parse().expect("a number")).collect();
            let r = recipe(name);
            let tile = match tile {
                "WOOD_TILE" => super::WOOD,
                "HAND_TILE" => super::HAND,
                _ => super::FINE,
            };
            assert!(r.tile.iter().zip(tile).all(|(own, worker)| (own - worker).abs() < 1e-6), "{name}");
            assert!((r.seed - numbers[0]).abs() < 1e-6, "{name}");
            let ([a, b, c, d], [pores, flame, number]) = (r.grain, r.pores);
            let (own, expected): (Vec<f32>, f32) = match kind {
                "wood" => (vec![a, b, c, d, pores, flame], 0.0),
                "stone" => (vec![a, b, c], 1.0),
                "lino" => (vec![], 2.0),
                "brushed" => (vec![], 3.0),
                "weave" => (vec![a], 4.0),
                "felt" => (vec![], 5.0),
                "leather" => (vec![a], 6.0),
                "boucle" => (vec![a], 7.0),
                other => panic!("{other} is drawn by nobody here"),
            };
            assert_eq!(own.len() + 1, numbers.len(), "{name}");
            assert!(own.iter().zip(&numbers[1..]).all(|(own, worker)| (own - worker).abs() < 1e-6), "{name}");
            assert!((number - expected).abs() < 1e-6, "{name}");
            compared += 1;
        }
        assert!(compared >= 21, "only {compared} surfaces were found");
        assert!(worker.contains("contrast * 0.3 * broad"), "the shader has this number too");
        assert!(include_str!("shaders/texture.frag").contains("grain.z * 0.3 * broad"));
    }
}
