//! Swatches: a material as CSS paint, with a hint of its grain. Colours come from the product's data, never from here.

use scene::Material;

/// Its colour alone, as CSS.
#[must_use]
pub fn colour(material: &Material) -> String {
    let [r, g, b] = material.base_color.map(|c| c.clamp(0.0, 1.0));
    format!("color(srgb {r:.4} {g:.4} {b:.4})")
}

/// CSS for `background`: the colour, and fine lines over it for wood.
#[must_use]
pub fn paint(material: &Material) -> String {
    let colour = colour(material);
    let shade = |percent: u8| format!("color-mix(in oklab, black {percent}%, transparent)");
    let over = match material.texture.as_deref() {
        Some("oak" | "smoked_oak" | "walnut" | "ash" | "birch" | "beech" | "pine") => {
            format!("repeating-linear-gradient(91deg,{} 0 1px,transparent 1px 4px,{} 4px 6px,transparent 6px 9px)", shade(5), shade(3))
        }
        Some("stone" | "quartz" | "terrazzo" | "concrete" | "marble") => {
            format!("repeating-radial-gradient(circle at 30% 40%,{} 0 1px,transparent 1px 5px)", shade(4))
        }
        Some("steel" | "brushed") => format!("linear-gradient(115deg,color-mix(in oklab, white 28%, transparent),transparent 45%,{})", shade(10)),
        _ => return colour,
    };
    // A background takes a colour only in its last layer.
    format!("{over},{colour}")
}

#[cfg(test)]
mod tests {
    use super::paint;
    use scene::Material;

    #[test]
    fn colours_are_exact_and_wood_has_grain() {
        let oak = Material { name: "oak".into(), base_color: [0.8, 0.6352, 0.45], metallic: 0.0, roughness: 0.6, texture: Some("oak".into()) };
        let colour = "color(srgb 0.8000 0.6352 0.4500)";
        assert!(paint(&oak).ends_with(&format!(",{colour}")) && paint(&oak).contains("gradient"));
        assert_eq!(paint(&Material { texture: None, ..oak }), colour);
    }
}
