//! Whether Blender's files are what was asked for. Each check returns a sentence for people.

use gltf::Semantic;
use gltf::accessor::{DataType, Dimensions};
use product::{Part, PartList};
use std::collections::BTreeMap;

/// Largest files, bytes.
pub(crate) struct Sizes;

impl Sizes {
    pub(crate) const GLB: u64 = 64 << 20;
    pub(crate) const USDZ: u64 = 128 << 20;
    pub(crate) const PICTURE: u64 = 8 << 20;
    pub(crate) const FILM: u64 = 32 << 20;
}

/// How far a size may be off, millimetres.
const TOLERANCE: f64 = 1.0;

/// Smallest and largest corner so far, millimetres in product space.
#[derive(Clone, Copy)]
struct Bounds {
    low: [f64; 3],
    high: [f64; 3],
}

impl Bounds {
    const NONE: Self = Self { low: [f64::INFINITY; 3], high: [f64::NEG_INFINITY; 3] };

    fn take(&mut self, point: [f64; 3]) {
        for (k, v) in point.into_iter().enumerate() {
            self.low[k] = self.low[k].min(v);
            self.high[k] = self.high[k].max(v);
        }
    }
    fn size(&self) -> [f64; 3] {
        [0, 1, 2].map(|k| self.high[k] - self.low[k])
    }
    fn corners(&self) -> impl Iterator<Item = [f64; 3]> + '_ {
        (0..8).map(|i| [0, 1, 2].map(|k| if i >> k & 1 == 0 { self.low[k] } else { self.high[k] }))
    }
}

type Matrix = [[f64; 4]; 4];

const IDENTITY: Matrix = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]];

/// Column-major product `a · b`.
fn times(a: &Matrix, b: &Matrix) -> Matrix {
    let mut out = [[0.0; 4]; 4];
    for (c, column) in out.iter_mut().enumerate() {
        for (r, cell) in column.iter_mut().enumerate() {
            *cell = (0..4).map(|k| a[k][r] * b[c][k]).sum();
        }
    }
    out
}

fn place(m: &Matrix, p: [f64; 3]) -> [f64; 3] {
    [0, 1, 2].map(|r| m[0][r] * p[0] + m[1][r] * p[1] + m[2][r] * p[2] + m[3][r])
}

/// From metres, Y up, to millimetres, Z up.
fn to_product(p: [f64; 3]) -> [f64; 3] {
    [p[0] * 1000.0, -p[2] * 1000.0, p[1] * 1000.0]
}

/// Checks a binary glTF: its container, that every accessor lies in the data, the parts by name and size, the box around all.
/// Returns that box's size, millimetres.
pub(crate) fn glb(data: &[u8], parts: &PartList) -> Result<[f64; 3], String> {
    container(data)?;
    // The parser is written for honest files: some wrong numbers make it panic, which must not end a job's thread.
    std::panic::catch_unwind(|| model(data, parts)).unwrap_or_else(|_| Err("the GLB is damaged".into()))
}

fn model(data: &[u8], parts: &PartList) -> Result<[f64; 3], String> {
    let model = gltf::Gltf::from_slice(data).map_err(|e| format!("the GLB does not parse: {e}"))?;
    let blob = model.blob.as_deref().unwrap_or_default();
    ranges(&model, blob)?;
    let wanted: BTreeMap<&str, &Part> = parts.parts.iter().map(|p| (p.id.as_str(), p)).collect();
    let scene = model.default_scene().or_else(|| model.scenes().next()).ok_or("the GLB has no scene")?;
    let mut walk = Walk { blob, wanted, seen: 0, by_box: Bounds::NONE, by_point: Bounds::NONE };
    for node in scene.nodes() {
        walk.node(&node, &IDENTITY, 0)?;
    }
    if walk.seen != parts.parts.len() {
        return Err(format!("it has {} parts instead of {}", walk.seen, parts.parts.len()));
    }
    // Turned round parts: one side measures the turned box, the other the points themselves. Either is right.
    let fits = |size: [f64; 3]| (0..3).all(|k| (size[k] - parts.bounding_box_mm[k]).abs() <= TOLERANCE);
    let size = [walk.by_point.size(), walk.by_box.size()].into_iter().find(|s| fits(*s));
    size.map(|s| s.map(|v| (v * 100.0).round() / 100.0))
        .ok_or_else(|| format!("its size is {:.1?} mm instead of {:.1?} mm", walk.by_point.size(), parts.bounding_box_mm))
}

fn word(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(data.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn container(data: &[u8]) -> Result<(), String> {
    let long = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    if data.get(..4) != Some(b"glTF") || word(data, 4) != Some(2) {
        return Err("it is not a GLB of version 2".into());
    }
    if word(data, 8).map(long) != Some(data.len()) {
        return Err("the GLB is cut off".into());
    }
    let json = word(data, 12).map(long).ok_or("the GLB has no JSON chunk")?;
    if data.get(16..20) != Some(b"JSON") {
        return Err("the GLB's first chunk is not JSON".into());
    }
    let second = json.saturating_add(20);
    if data.get(second.saturating_add(4)..second.saturating_add(8)) != Some(b"BIN\0") {
        return Err("the GLB has no binary chunk".into());
    }
    match word(data, second).map(|n| second.saturating_add(8).saturating_add(long(n))) {
        Some(end) if end == data.len() => Ok(()),
        _ => Err("the GLB's binary chunk is cut off".into()),
    }
}

fn ranges(model: &gltf::Gltf, blob: &[u8]) -> Result<(), String> {
    let bad = |what: &str, index: usize| Err(format!("{what} {index} of the GLB lies outside its data"));
    for buffer in model.buffers() {
        if buffer.length() > blob.len() || !matches!(buffer.source(), gltf::buffer::Source::Bin) {
            return bad("buffer", buffer.index());
        }
    }
    for view in model.views() {
        if view.offset().checked_add(view.length()).is_none_or(|end| end > view.buffer().length()) {
            return bad("view", view.index());
        }
    }
    for accessor in model.accessors() {
        // Blender writes neither; reading them would need care that nothing here takes.
        let Some(view) = accessor.view().filter(|_| accessor.sparse().is_none()) else {
            return bad("accessor", accessor.index());
        };
        let stride = view.stride().unwrap_or(accessor.size());
        if stride < accessor.size() {
            return bad("accessor", accessor.index());
        }
        let last = accessor.count().saturating_sub(1).saturating_mul(stride);
        if accessor.offset().saturating_add(last).saturating_add(accessor.size()) > view.length() {
            return bad("accessor", accessor.index());
        }
    }
    for image in model.images() {
        if let gltf::image::Source::Uri { .. } = image.source() {
            return Err("the GLB refers to a picture outside itself".into());
        }
    }
    Ok(())
}

struct Walk<'a> {
    blob: &'a [u8],
    wanted: BTreeMap<&'a str, &'a Part>,
    seen: usize,
    by_box: Bounds,
    by_point: Bounds,
}

impl Walk<'_> {
    fn node(&mut self, node: &gltf::Node<'_>, above: &Matrix, depth: u32) -> Result<(), String> {
        if depth > 16 {
            return Err("the GLB is nested too deeply".into());
        }
        let own = node.transform().matrix().map(|column| column.map(f64::from));
        let here = times(above, &own);
        if let Some(mesh) = node.mesh() {
            self.part(node.name().unwrap_or_default(), &mesh, &here)?;
        }
        node.children().try_for_each(|child| self.node(&child, &here, depth + 1))
    }

    fn part(&mut self, name: &str, mesh: &gltf::Mesh<'_>, here: &Matrix) -> Result<(), String> {
        // Taken out, so that a second mesh of that name is found.
        let part = self.wanted.remove(name).ok_or_else(|| format!("it has a part “{name}” that was not asked for, or has it twice"))?;
        self.seen += 1;
        let mut own = Bounds::NONE;
        for primitive in mesh.primitives() {
            let positions = primitive.get(&Semantic::Positions).ok_or_else(|| format!("part “{name}” has no positions"))?;
            positions.min().zip(positions.max()).ok_or_else(|| format!("part “{name}” does not state its bounds"))?;
            let plain = positions.data_type() == DataType::F32 && positions.dimensions() == Dimensions::Vec3;
            let counted = primitive
                .indices()
                .is_none_or(|i| matches!(i.data_type(), DataType::U8 | DataType::U16 | DataType::U32) && i.dimensions() == Dimensions::Scalar);
            if !plain || !counted {
                return Err(format!("part “{name}” has data of a wrong type"));
            }
            let reader = primitive.reader(|buffer| matches!(buffer.source(), gltf::buffer::Source::Bin).then_some(self.blob));
            let count = positions.count();
            for point in reader.read_positions().ok_or_else(|| format!("part “{name}” can't be read"))? {
                let point = point.map(f64::from);
                if !point.iter().all(|v| v.is_finite()) {
                    return Err(format!("part “{name}” has a point that is not a number"));
                }
                own.take(to_product(point));
                self.by_point.take(to_product(place(here, point)));
            }
            if let Some(indices) = reader.read_indices()
                && indices.into_u32().any(|i| usize::try_from(i).map_or(true, |i| i >= count))
            {
                return Err(format!("part “{name}” refers to a point it does not have"));
            }
        }
        let size = own.size();
        if (0..3).any(|k| (size[k] - part.size_mm[k]).abs() > TOLERANCE || own.low[k].abs() > TOLERANCE) {
            return Err(format!("part “{name}” measures {size:.1?} mm instead of {:.1?} mm", part.size_mm));
        }
        for [x, y, z] in own.corners() {
            self.by_box.take(to_product(place(here, [x / 1000.0, z / 1000.0, -y / 1000.0])));
        }
        Ok(())
    }
}

/// Checks a USDZ: stored files only, each beginning at a multiple of 64 bytes, a scene first.
pub(crate) fn usdz(data: &[u8]) -> Result<(), String> {
    let half = |at: usize| -> Option<usize> { Some(usize::from(u16::from_le_bytes(data.get(at..at.checked_add(2)?)?.try_into().ok()?))) };
    let long = |at: usize| word(data, at).and_then(|n| usize::try_from(n).ok());
    let mut at = 0;
    let mut files = 0;
    while data.get(at..at + 4) == Some(b"PK\x03\x04") {
        let fields = (half(at + 6), half(at + 8), long(at + 18), half(at + 26), half(at + 28));
        let (Some(flags), Some(method), Some(size), Some(name), Some(extra)) = fields else {
            return Err("the USDZ is cut off".into());
        };
        let start = at + 30 + name + extra;
        if flags & 0b1001 != 0 || method != 0 {
            return Err("the USDZ holds a file that is packed or encrypted".into());
        }
        if start % 64 != 0 {
            return Err("a file in the USDZ does not begin at a multiple of 64 bytes".into());
        }
        let title = String::from_utf8_lossy(data.get(at + 30..at + 30 + name).unwrap_or_default());
        if files == 0 && ![".usdc", ".usda", ".usd"].iter().any(|e| title.ends_with(e)) {
            return Err(format!("the USDZ begins with {title} instead of a scene"));
        }
        files += 1;
        at = start.saturating_add(size);
    }
    let directory = data.get(at..at.saturating_add(4)) == Some(b"PK\x01\x02");
    let end = data.len().checked_sub(22).and_then(|e| data.get(e..e + 4)) == Some(b"PK\x05\x06");
    if files == 0 || !directory || !end {
        return Err("it is not a whole USDZ".into());
    }
    Ok(())
}

/// Checks a WebP: whole, with transparency, 4:3.
pub(crate) fn picture(data: &[u8]) -> Result<(), String> {
    let whole = data.get(..4) == Some(b"RIFF")
        && data.get(8..12) == Some(b"WEBP")
        && word(data, 4).and_then(|n| usize::try_from(n).ok()).is_some_and(|n| n.saturating_add(8) == data.len());
    if !whole {
        return Err("a picture is not a whole WebP".into());
    }
    let byte = |at: usize| data.get(at).copied().map_or(0, u32::from);
    let (width, height, alpha) = match data.get(12..16) {
        Some(b"VP8X") => {
            let side = |at| byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16;
            (side(24) + 1, side(27) + 1, byte(20) & 0x10 != 0)
        }
        Some(b"VP8L") => {
            let bits = word(data, 21).unwrap_or_default();
            ((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1, bits >> 28 & 1 == 1)
        }
        _ => (0, 0, false),
    };
    match (alpha, width * 3 == height * 4) {
        (false, _) => Err("a picture has no transparency".into()),
        (_, false) => Err(format!("a picture is {width} × {height}, not 4:3")),
        _ => Ok(()),
    }
}
/// Checks the boxes of an MP4 from end to end: a cut-off file, or one without its index, would not play.
///
/// # Errors
/// Why it is no film.
pub(crate) fn film(data: &[u8]) -> Result<(), String> {
    let (mut at, mut kinds) = (0_usize, Vec::new());
    while at < data.len() {
        let head: [u8; 8] = data.get(at..at + 8).and_then(|h| h.try_into().ok()).ok_or("the film is cut off")?;
        let size = usize::try_from(u32::from_be_bytes([head[0], head[1], head[2], head[3]])).unwrap_or(0);
        if size < 8 || data.len() - at < size {
            return Err("the film is cut off".to_owned());
        }
        kinds.push([head[4], head[5], head[6], head[7]]);
        at += size;
    }
    let whole = kinds.first() == Some(b"ftyp") && kinds.contains(b"moov") && kinds.contains(b"mdat");
    if whole { Ok(()) } else { Err("the film has no pictures or no index".to_owned()) }
}
