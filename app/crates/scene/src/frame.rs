//! Where the eye stands before a thing: one first look for the view in the browser and for drawings of the server.

/// Smallest box around something, `(min, max)` in millimetres, Z up.
pub type Bounds = ([f32; 3], [f32; 3]);

/// A 60 mm lens on a 4:3 frame of 36 mm, seen from top to bottom, radians.
pub const FIELD_OF_VIEW: f32 = 0.443;
/// Tangent of half of it.
pub const HALF_TANGENT: f32 = 0.225_195;
/// Where the first look comes from, radians: about 30° to the left of the front.
pub const HOME_AZIMUTH: f32 = 0.524;
/// And about 21° above.
pub const HOME_ELEVATION: f32 = 0.367;
/// Share of the 4:3 picture that the thing may fill, across and upwards.
pub const FRAME: [f32; 2] = [0.80, 0.74];

/// Right, up and out (towards the eye) of a picture, unit vectors in product space. Angles as in [`HOME_AZIMUTH`], [`HOME_ELEVATION`].
#[must_use]
pub fn axes(azimuth: f32, elevation: f32) -> [[f32; 3]; 3] {
    let (sa, ca) = libm::sincosf(azimuth);
    let (se, ce) = libm::sincosf(elevation);
    [[ca, -sa, 0.0], [sa * se, ca * se, ce], [-sa * ce, -ca * ce, se]]
}

/// As near as a box still fits: the point looked at, from the one given, and the distance from it, so that the box's picture lies in the middle.
/// `tangents` are those of the half angles that the box may fill, across and upwards.
#[must_use]
pub fn stand(mut target: [f32; 3], bounds: Bounds, [right, up, out]: [[f32; 3]; 3], tangents: [f32; 2]) -> ([f32; 3], f32) {
    let (lo, hi) = bounds;
    let mut distance = 1.0;
    for _ in 0..3 {
        let corners: [[f32; 3]; 8] = std::array::from_fn(|i| {
            let v: [f32; 3] = std::array::from_fn(|k| if i >> k & 1 == 0 { lo[k] } else { hi[k] } - target[k]);
            [dot(v, right), dot(v, up), dot(v, out)]
        });
        distance = corners.iter().map(|[x, y, z]| (x.abs() / tangents[0]).max(y.abs() / tangents[1]) + z).fold(1.0, f32::max);
        // Perspective puts the picture of the box off its middle: move the target by half of what is left over.
        let middle = |k: usize| {
            let (least, most) = corners.iter().map(|c| c[k] / (distance - c[2])).fold((f32::MAX, f32::MIN), |(l, m), s| (l.min(s), m.max(s)));
            (least + most) / 2.0 * distance
        };
        let (across, upwards) = (middle(0), middle(1));
        for (k, t) in target.iter_mut().enumerate() {
            *t += right[k] * across + up[k] * upwards;
        }
    }
    (target, distance)
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_touches_its_frame_and_lies_in_the_middle() {
        let bounds = ([-900.0, -400.0, 0.0], [900.0, 400.0, 740.0]);
        assert!((HALF_TANGENT - libm::tanf(FIELD_OF_VIEW / 2.0)).abs() < 1e-6);
        let tangents = [HALF_TANGENT * 4.0 / 3.0 * FRAME[0], HALF_TANGENT * FRAME[1]];
        let [right, up, out] = axes(HOME_AZIMUTH, HOME_ELEVATION);
        for [a, b] in [[right, up], [up, out], [out, right]] {
            assert!(dot(a, b).abs() < 1e-6 && (dot(a, a) - 1.0).abs() < 1e-6);
        }
        let (target, distance) = stand([0.0, 0.0, 370.0], bounds, [right, up, out], tangents);
        let mut seen = [[f32::MAX, f32::MIN]; 2];
        for x in [-900.0, 900.0] {
            for y in [-400.0, 400.0] {
                for z in [0.0, 740.0] {
                    let v = [x - target[0], y - target[1], z - target[2]];
                    for (k, axis) in [right, up].into_iter().enumerate() {
                        let share = dot(v, axis) / (distance - dot(v, out)) / tangents[k];
                        seen[k] = [seen[k][0].min(share), seen[k][1].max(share)];
                    }
                }
            }
        }
        let fills = seen.iter().map(|[l, m]| m.max(-l)).fold(0.0, f32::max);
        assert!((fills - 1.0).abs() < 0.01, "{seen:?}");
        assert!(seen.iter().all(|[l, m]| (l + m).abs() < 0.02), "{seen:?}");
    }
}
