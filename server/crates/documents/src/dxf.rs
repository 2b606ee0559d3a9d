//! One board as DXF (R2000, ASCII, millimetres): outline, holes and words on layers of their own.

use crate::DocumentError;
use crate::panels::{Hole, Panel};
use dxf::entities::{Circle, Entity, EntityType, LwPolyline, Text};
use dxf::enums::{AcadVersion, Units};
use dxf::tables::Layer;
use dxf::{Color, Drawing, Handle, LwPolylineVertex, Point};

/// The board's outline: where the saw or router goes.
pub const OUTLINE: &str = "OUTLINE";
/// Round holes and cut-outs, through.
pub const HOLES: &str = "HOLES";
/// Words for people; nothing to machine.
pub const NOTES: &str = "NOTES";

/// tan(90° / 4): a quarter of a circle between two vertices.
const QUARTER: f64 = 0.414_213_562_373_095_03;

/// The drawing of a board.
///
/// # Errors
/// [`DocumentError::Dxf`].
pub fn drawing(panel: &Panel) -> Result<Vec<u8>, DocumentError> {
    let mut drawing = Drawing::new();
    drawing.header.version = AcadVersion::R2000;
    drawing.header.default_drawing_units = Units::Millimeters;
    // The library stamps the present moment and random ids; the same board is the same file.
    let header = &mut drawing.header;
    (header.creation_date, header.update_date) = Default::default();
    (header.creation_date_universal, header.update_date_universal) = Default::default();
    (header.fingerprint_guid, header.version_guid) = Default::default();
    for (name, color) in [(OUTLINE, 7), (HOLES, 1), (NOTES, 8)] {
        drawing.add_layer(Layer { name: name.to_owned(), color: Color::from_index(color), ..Layer::default() });
    }
    let mut add = |layer: &str, specific: EntityType| {
        let mut entity = Entity::new(specific);
        layer.clone_into(&mut entity.common.layer);
        drawing.add_entity(entity);
    };
    add(OUTLINE, outline(panel));
    for hole in &panel.holes {
        add(
            HOLES,
            match hole {
                Hole::Round { at, diameter } => EntityType::Circle(Circle { center: point(*at), radius: diameter / 2.0, ..Circle::default() }),
                Hole::Rect { at: [x, y], size: [w, h] } => {
                    let (w, h) = (w / 2.0, h / 2.0);
                    closed(&[([x - w, y - h], 0.0), ([x + w, y - h], 0.0), ([x + w, y + h], 0.0), ([x - w, y + h], 0.0)])
                }
            },
        );
    }
    let height = (panel.width.min(panel.length) / 20.0).clamp(2.5, 12.0);
    for (i, words) in notes(panel).into_iter().enumerate() {
        #[allow(clippy::cast_precision_loss)] // Three lines.
        let below = -(i as f64 + 1.0) * height * 1.8;
        add(NOTES, EntityType::Text(Text { location: point([0.0, below]), text_height: height, value: words, ..Text::default() }));
    }
    drawing.header.next_available_handle = Handle(2 * TABLES);
    let mut bytes = Vec::new();
    drawing.save(&mut bytes)?;
    Ok(with_table_handles(&bytes))
}

/// Handles of the tables begin here, above those of everything in them.
const TABLES: u64 = 0x1_0000;

/// The library writes tables without the handles that R2000 wants (it notes so itself); programs that are strict mend it when they open the file.
fn with_table_handles(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines();
    let (mut out, mut number, mut in_head) = (String::with_capacity(text.len() + 200), TABLES, false);
    while let (Some(code), Some(value)) = (lines.next(), lines.next()) {
        out.push_str(&format!("{code}\r\n{value}\r\n"));
        // The name is the second pair of a table.
        if in_head {
            out.push_str(&format!("  5\r\n{number:X}\r\n"));
            number += 1;
        }
        in_head = (code.trim(), value) == ("0", "TABLE");
    }
    out.into_bytes()
}

fn outline(panel: &Panel) -> EntityType {
    let (l, w, r) = (panel.length, panel.width, panel.corner);
    if r < 0.05 {
        return closed(&[([0.0, 0.0], 0.0), ([l, 0.0], 0.0), ([l, w], 0.0), ([0.0, w], 0.0)]);
    }
    let mut points = Vec::new();
    for (corner, next) in [([r, 0.0], [l - r, 0.0]), ([l, r], [l, w - r]), ([l - r, w], [r, w]), ([0.0, w - r], [0.0, r])] {
        // A side as short as its corners has one point.
        if (corner[0] - next[0]).abs() + (corner[1] - next[1]).abs() > 0.01 {
            points.push((corner, 0.0));
        }
        points.push((next, QUARTER));
    }
    closed(&points)
}

/// A closed line; with each point the bulge of the piece that begins there.
fn closed(points: &[([f64; 2], f64)]) -> EntityType {
    let vertices = points.iter().map(|([x, y], bulge)| LwPolylineVertex { x: *x, y: *y, bulge: *bulge, ..LwPolylineVertex::default() }).collect();
    let mut line = LwPolyline { vertices, ..LwPolyline::default() };
    line.set_is_closed(true);
    EntityType::LwPolyline(line)
}

fn point([x, y]: [f64; 2]) -> Point {
    Point::new(x, y, 0.0)
}

/// What a person at the saw reads.
fn notes(panel: &Panel) -> Vec<String> {
    let mut lines = vec![
        format!("{} x {}, {}", panel.quantity, panel.name, panel.sku),
        format!("{}, {} x {} x {} mm{}", panel.material, panel.length, panel.width, panel.thickness, if panel.grain { ", grain along X" } else { "" }),
    ];
    if !panel.banding.is_empty() {
        lines.push(panel.banding.clone());
    }
    lines.into_iter().map(|line| line.replace(|c: char| c.is_control(), " ")).collect()
}
