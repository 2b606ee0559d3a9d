//! The recipe, evaluated: definitions of parts and present values → parts with sizes and places.

mod extent;
mod shape;

pub(crate) use extent::turn;
pub use extent::{Footprint, footprint};

use crate::compiled::{CompiledProduct, JointDef, MaterialRef, PartDef, TemplateDef};
use crate::expr::{Env, EvalError, Expr};
use crate::part::{Joint, Part, PartList, Template};
use crate::value::Values;
use thiserror::Error;

/// Largest count of one repeated part.
pub const MAX_REPEAT: usize = 1_000;
/// Most parts of one product.
pub const MAX_PARTS: usize = 5_000;
/// Longest side of a part, and farthest place, millimetres. Keeps meshes well inside what `f32` resolves.
pub const MAX_LENGTH: f64 = 100_000.0;

/// Why a recipe gives no parts. Each names the part, so that whoever wrote the definition finds it.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PartError {
    /// A `let` of the recipe has no value.
    #[error("a value of the recipe can't be computed: {0}")]
    Let(EvalError),
    /// A formula of a part has no value.
    #[error("part “{part}”: {fault}")]
    Formula {
        /// Id of the part.
        part: String,
        /// What is wrong.
        fault: EvalError,
    },
    /// A size is zero, negative or beyond [`MAX_LENGTH`].
    #[error("part “{part}” can't have the size {size:?} mm")]
    Size {
        /// Id of the part.
        part: String,
        /// The size that came out, millimetres.
        size: [f64; 3],
    },
    /// The shape's own rules are broken, e.g. a hole over the edge.
    #[error("part “{part}”: {what}")]
    Shape {
        /// Id of the part.
        part: String,
        /// What is wrong, for people.
        what: &'static str,
    },
    /// A part repeats more often than [`MAX_REPEAT`].
    #[error("part “{part}” repeats {count} times, at most {MAX_REPEAT} are possible")]
    Repeat {
        /// Id of the part.
        part: String,
        /// The count that came out.
        count: f64,
    },
    /// More than [`MAX_PARTS`] parts.
    #[error("the product has more than {MAX_PARTS} parts")]
    TooMany,
}

/// Evaluates the recipe of `product` for `values` (missing options take their defaults). Lengths are rounded to 0.1 mm.
///
/// # Errors
/// When a formula has no value, a size is not positive, a shape is impossible, or the limits of repetition are passed.
pub fn parts(product: &CompiledProduct, values: &Values) -> Result<PartList, PartError> {
    let present = product.dense(values);
    let env = Env::new(product, &present).map_err(PartError::Let)?;
    let mut list = Vec::with_capacity(product.parts.len());
    for def in &product.parts {
        let named = |fault| PartError::Formula { part: def.id.clone(), fault };
        // A condition that doesn't count is asked first: it may guard the formula of the count.
        let counts = def.when.as_ref().is_some_and(reads_counter);
        if !counts && !holds(def, &env).map_err(named)? {
            continue;
        }
        let Some(repeat) = &def.repeat else {
            list.push(part(def, def.id.clone(), &env)?);
            continue;
        };
        for i in 0..times(def, repeat, &env)? {
            #[allow(clippy::cast_precision_loss)] // At most a thousand.
            let env = env.at(i as f64);
            if counts && !holds(def, &env).map_err(named)? {
                continue;
            }
            list.push(part(def, format!("{}.{i}", def.id), &env)?);
            if list.len() > MAX_PARTS {
                return Err(PartError::TooMany);
            }
        }
        if list.len() > MAX_PARTS {
            return Err(PartError::TooMany);
        }
    }
    crate::nested::parts(product, &present, values, &mut list)?;
    Ok(extent::boxed(list))
}

fn reads_counter(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(&mut |e| found |= matches!(e, Expr::Counter));
    found
}

fn holds(def: &PartDef, env: &Env<'_>) -> Result<bool, EvalError> {
    def.when.as_ref().map_or(Ok(true), |when| when.eval_bool(env))
}

/// Whole repetitions; a fraction is cut off, less than one is none.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
fn times(def: &PartDef, repeat: &Expr, env: &Env<'_>) -> Result<usize, PartError> {
    let count = repeat.eval_num(env).map_err(|fault| PartError::Formula { part: def.id.clone(), fault })?;
    // Counts from divisions may fall short of the whole number by a rounding error.
    let count = libm::floor(count + 1e-9);
    if count > MAX_REPEAT as f64 {
        return Err(PartError::Repeat { part: def.id.clone(), count });
    }
    Ok(if count > 0.0 { count as usize } else { 0 })
}

fn part(def: &PartDef, id: String, env: &Env<'_>) -> Result<Part, PartError> {
    let (shape, size_mm) = shape::shape(&def.shape, env).map_err(|fault| fault.of(&id))?;
    let formula = |fault| PartError::Formula { part: id.clone(), fault };
    let mut at_mm = [0.0; 3];
    for (to, from) in at_mm.iter_mut().zip(&def.at) {
        *to = from.eval_length(env).map_err(formula)?;
    }
    if at_mm.iter().any(|x| libm::fabs(*x) > MAX_LENGTH) {
        return Err(PartError::Shape { part: id, what: "it lies too far away" });
    }
    let rotation_deg = match &def.rotation {
        Some(angle) => crate::expr::round_length(angle.eval_num(env).map_err(formula)?),
        None => 0.0,
    };
    let material = material(&def.material, env).map_err(formula)?;
    let joint = def.joint.as_ref().map(|j| joint(j, env)).transpose().map_err(formula)?;
    let template = def.template.as_ref().map(|t| template(t, env)).transpose().map_err(formula)?;
    let (name, sku) = (def.name.clone(), def.sku.clone());
    Ok(Part { id, name, material, shape, size_mm, at_mm, rotation_deg, sku, grain: def.grain, in_bom: def.in_bom, joint, template })
}

fn template(def: &TemplateDef, env: &Env<'_>) -> Result<Template, EvalError> {
    let numbers =
        |list: &[(String, Expr)]| list.iter().map(|(name, formula)| Ok((name.clone(), formula.eval_num(env)?))).collect::<Result<Vec<_>, EvalError>>();
    let mut shape_keys = numbers(&def.shape_keys)?;
    for (_, value) in &mut shape_keys {
        *value = value.clamp(0.0, 1.0);
    }
    Ok(Template { file: def.file.clone(), object: def.object.clone(), inputs: numbers(&def.inputs)?, shape_keys })
}

fn joint(def: &JointDef, env: &Env<'_>) -> Result<Joint, EvalError> {
    let mut joint = Joint { axis: 'z', ..Joint::default() };
    match def {
        JointDef::Slide(way) => {
            for (to, from) in joint.slide_mm.iter_mut().zip(way) {
                *to = from.eval_length(env)?;
            }
        }
        JointDef::Turn { axis, about, angle } => {
            joint.axis = *axis;
            for (to, from) in joint.about_mm.iter_mut().zip(about) {
                *to = from.eval_length(env)?;
            }
            joint.angle_deg = angle.eval_num(env)?;
        }
    }
    Ok(joint)
}

/// The name of the material: a choice without a material of its own is named like its value.
fn material(of: &MaterialRef, env: &Env<'_>) -> Result<String, EvalError> {
    let i = match of {
        MaterialRef::Named(name) => return Ok(name.clone()),
        MaterialRef::Option(i) => usize::from(*i),
    };
    let (option, value) = env.product.options.get(i).zip(env.values.get(i)).ok_or(EvalError::Unknown)?;
    let choice = option.choices.iter().find(|c| c.value == *value);
    Ok(choice.and_then(|c| c.material.clone()).unwrap_or_else(|| value.to_string()))
}
