//! CEL text → typed expression tree.

use crate::fault::{Faults, Node};
use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr as Cel, LiteralValue, operators as ops};
use cel::parser::Parser;
use product::expr::BinOp;
use product::{Builtin, Domain, Expr, OptionDef, Value};
use std::collections::BTreeMap;
use std::fmt;

/// Longest formula, bytes.
pub const MAX_SOURCE: usize = 4_000;
/// Most nodes of a formula, `let`s of rules written out.
pub const MAX_NODES: usize = 2_000;
/// Deepest nesting of a formula. The compiled form must stay readable by JSON readers that stop at 128 levels.
pub const MAX_DEPTH: usize = 48;

/// Most brackets open at once, and most `? :`.
const MAX_BRACKETS: usize = 24;
/// Most operator characters of one formula.
const MAX_OPERATORS: usize = 400;

/// Names that a formula gives a meaning of its own.
const RESERVED: [&str; 32] = [
    "i",
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
    "area_m2",
    "volume_l",
    "perimeter_m",
    "ceil",
    "floor",
    "round",
    "min",
    "max",
    "abs",
    "clamp",
];

/// Kind of value of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ty {
    Num,
    Bool,
    Text,
    List(Box<Ty>),
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Num => f.write_str("a number"),
            Self::Bool => f.write_str("yes/no"),
            Self::Text => f.write_str("a text"),
            Self::List(_) => f.write_str("a list"),
        }
    }
}

/// What names mean.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    pub options: Vec<OptionDef>,
    pub lets: Vec<(String, Expr)>,
    pub let_types: Vec<Ty>,
    /// `i` is known (inside a repeated part).
    pub counter: bool,
    pub grades: BTreeMap<String, i64>,
}

impl Scope {
    pub fn option(&self, name: &str) -> Option<u16> {
        self.options.iter().position(|o| o.id == name).and_then(|i| u16::try_from(i).ok())
    }

    fn let_(&self, name: &str) -> Option<u16> {
        self.lets.iter().position(|(n, _)| n == name).and_then(|i| u16::try_from(i).ok())
    }

    fn option_type(&self, i: u16) -> Ty {
        option_type(self.options.get(usize::from(i)).map(|o| &o.domain))
    }

    fn known(&self) -> String {
        let names = self.options.iter().map(|o| o.id.as_str()).chain(self.lets.iter().map(|(n, _)| n.as_str()));
        names.collect::<Vec<_>>().join(", ")
    }
}

/// What the values of a domain are.
pub(crate) fn option_type(domain: Option<&Domain>) -> Ty {
    match domain {
        Some(Domain::Bool) => Ty::Bool,
        Some(Domain::Enum(values)) if values.iter().all(|v| matches!(v, Value::Text(_))) => Ty::Text,
        _ => Ty::Num,
    }
}

/// Whether `name` may name an option, a `let`.
pub(crate) fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    let first = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    first
        && name.len() <= 64
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !RESERVED.contains(&name)
        && !["grade_price", "count", "size", "has", "all", "exists", "exists_one", "map", "filter"].contains(&name)
}

/// Parses CEL.
pub(crate) fn parse(node: &Node<'_>, faults: &mut Faults) -> Option<IdedExpr> {
    let Some(source) = node.json.as_str() else {
        faults.add(&node.at, "Must be a number or a formula.");
        return None;
    };
    if source.len() > MAX_SOURCE {
        faults.add(&node.at, format!("The formula is longer than {MAX_SOURCE} bytes."));
        return None;
    }
    // The parser recurses; what would take it too deep is refused before.
    if let Err(message) = shallow(source) {
        faults.add(&node.at, message);
        return None;
    }
    match Parser::new().max_recursion_depth(64).error_recovery_limit(2).parse(source) {
        Ok(expr) => Some(expr),
        Err(errors) => {
            let words = errors.errors.first().map(|e| format!("{} (column {})", e.msg.trim(), e.pos.1.max(1)));
            faults.add(&node.at, format!("Not a formula: {}.", words.unwrap_or_else(|| "it cannot be read".into())));
            None
        }
    }
}

/// Bounds on brackets, signs and operators, counted without parsing. Texts are skipped.
fn shallow(source: &str) -> Result<(), String> {
    let (mut open, mut signs, mut choices, mut operators) = (0_usize, 0_usize, 0_usize, 0_usize);
    let mut quote = None;
    let mut escaped = false;
    for c in source.chars() {
        if let Some(q) = quote {
            if !escaped && c == q {
                quote = None;
            }
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            '\'' | '"' => quote = Some(c),
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open = open.saturating_sub(1),
            '?' => choices += 1,
            '+' | '*' | '/' | '%' | '<' | '>' | '&' | '|' | '=' | '.' => operators += 1,
            _ => {}
        }
        signs = match c {
            '!' | '-' => signs + 1,
            _ if c.is_whitespace() => signs,
            _ => 0,
        };
        operators += usize::from(matches!(c, '!' | '-'));
        if open > MAX_BRACKETS || choices > MAX_BRACKETS || signs > 8 || operators > MAX_OPERATORS {
            return Err(format!(
                "The formula is too large: at most {MAX_BRACKETS} open brackets, {MAX_BRACKETS} choices, 8 signs in a row, {MAX_OPERATORS} operators. Use `let`."
            ));
        }
    }
    Ok(())
}

/// Names that a parsed formula uses.
pub(crate) fn names(expr: &IdedExpr, out: &mut Vec<String>) {
    match &expr.expr {
        Cel::Ident(name) => out.push(name.clone()),
        Cel::Call(call) => call.args.iter().for_each(|a| names(a, out)),
        Cel::List(list) => list.elements.iter().for_each(|e| names(e, out)),
        _ => {}
    }
}

/// A formula of type `want`: a JSON number, a JSON truth value, or CEL text.
pub(crate) fn formula(node: &Node<'_>, want: &Ty, scope: &Scope, faults: &mut Faults) -> Option<Expr> {
    let (expr, got) = any(node, scope, faults)?;
    if got == *want {
        return Some(expr);
    }
    faults.add(&node.at, format!("This gives {got}; it must give {want}."));
    None
}

/// A formula of any type.
pub(crate) fn any(node: &Node<'_>, scope: &Scope, faults: &mut Faults) -> Option<(Expr, Ty)> {
    if let Some(x) = node.json.as_f64() {
        return Some((Expr::Lit(Value::Num(x)), Ty::Num));
    }
    if let Some(b) = node.json.as_bool() {
        return Some((Expr::Lit(Value::Bool(b)), Ty::Bool));
    }
    let parsed = parse(node, faults)?;
    translate(&parsed, node, scope, faults)
}

/// A parsed formula as a typed tree.
pub(crate) fn translate(parsed: &IdedExpr, node: &Node<'_>, scope: &Scope, faults: &mut Faults) -> Option<(Expr, Ty)> {
    let result = Translator { scope, nodes: 0 }.expr(parsed, 0);
    let checked = result.and_then(|(expr, ty)| limits(&expr).map(|()| (expr, ty)));
    checked.map_err(|message| faults.add(&node.at, message)).ok()
}

/// Bounds on a finished tree.
pub(crate) fn limits(expr: &Expr) -> Result<(), String> {
    let mut nodes = 0_usize;
    expr.walk(&mut |_| nodes += 1);
    if nodes > MAX_NODES {
        return Err(format!("The formula has more than {MAX_NODES} terms."));
    }
    if depth(expr) > MAX_DEPTH {
        return Err(format!("The formula is nested deeper than {MAX_DEPTH} levels. Use `let` or brackets to balance it."));
    }
    Ok(())
}

fn depth(expr: &Expr) -> usize {
    1 + match expr {
        Expr::Lit(_) | Expr::Opt(_) | Expr::Let(_) | Expr::Counter => 0,
        Expr::Not(a) | Expr::Neg(a) => depth(a),
        Expr::Bin(_, a, b) => depth(a).max(depth(b)),
        Expr::If(c, a, b) => depth(c).max(depth(a)).max(depth(b)),
        Expr::List(items) | Expr::Call(_, items) => items.iter().map(depth).max().unwrap_or(0),
    }
}

struct Translator<'a> {
    scope: &'a Scope,
    nodes: usize,
}

impl Translator<'_> {
    fn expr(&mut self, e: &IdedExpr, deep: usize) -> Result<(Expr, Ty), String> {
        self.nodes += 1;
        if self.nodes > MAX_NODES || deep > MAX_DEPTH {
            return Err(format!("The formula is too large (at most {MAX_NODES} terms, {MAX_DEPTH} levels)."));
        }
        match &e.expr {
            Cel::Literal(literal) => Self::literal(literal),
            Cel::Ident(name) => self.name(name),
            Cel::List(list) => {
                let mut items = Vec::with_capacity(list.elements.len());
                let mut of = None;
                for element in &list.elements {
                    let (item, ty) = self.expr(element, deep + 1)?;
                    if matches!(ty, Ty::List(_)) {
                        return Err("A list cannot hold lists.".into());
                    }
                    if of.get_or_insert_with(|| ty.clone()) != &ty {
                        return Err("All elements of a list must be of one kind.".into());
                    }
                    items.push(item);
                }
                Ok((Expr::List(items), Ty::List(Box::new(of.unwrap_or(Ty::Num)))))
            }
            Cel::Call(call) => self.call(call, deep),
            Cel::Comprehension(_) => Err("`has`, `all`, `exists`, `map` and `filter` are not available in formulas.".into()),
            Cel::Select(select) => Err(format!("`.{}`: fields are not available in formulas.", select.field)),
            Cel::Map(_) | Cel::Struct(_) => Err("Maps and messages are not available in formulas.".into()),
            Cel::Unspecified => Err("The formula is empty.".into()),
        }
    }

    #[allow(clippy::cast_precision_loss)]
    fn literal(literal: &LiteralValue) -> Result<(Expr, Ty), String> {
        let (value, ty) = match literal {
            LiteralValue::Boolean(b) => (Value::Bool(*b.inner()), Ty::Bool),
            LiteralValue::Double(x) if x.inner().is_finite() => (Value::Num(*x.inner()), Ty::Num),
            LiteralValue::Int(n) => (Value::Num(*n.inner() as f64), Ty::Num),
            LiteralValue::UInt(n) => (Value::Num(*n.inner() as f64), Ty::Num),
            LiteralValue::String(t) => (Value::Text(t.inner().to_owned()), Ty::Text),
            LiteralValue::Double(_) => return Err("A number is too large.".into()),
            LiteralValue::Bytes(_) | LiteralValue::Null => return Err("Only numbers, texts, true and false can be written here.".into()),
        };
        Ok((Expr::Lit(value), ty))
    }

    fn name(&self, name: &str) -> Result<(Expr, Ty), String> {
        if let Some(i) = self.scope.option(name) {
            return Ok((Expr::Opt(i), self.scope.option_type(i)));
        }
        if let Some(i) = self.scope.let_(name) {
            let ty = self.scope.let_types.get(usize::from(i)).cloned().unwrap_or(Ty::Num);
            return Ok((Expr::Let(i), ty));
        }
        if name == "i" {
            return if self.scope.counter { Ok((Expr::Counter, Ty::Num)) } else { Err("`i` counts the repetitions of a part; it has no meaning here.".into()) };
        }
        Err(format!("Unknown name `{name}`. Known: {}.", self.scope.known()))
    }

    fn call(&mut self, call: &CallExpr, deep: usize) -> Result<(Expr, Ty), String> {
        if call.target.is_some() {
            return Err(format!("`.{}(…)`: methods are not available in formulas.", call.func_name));
        }
        let mut args = Vec::with_capacity(call.args.len());
        for arg in &call.args {
            args.push(self.expr(arg, deep + 1)?);
        }
        let name = call.func_name.as_str();
        match (name, args.as_slice()) {
            (ops::CONDITIONAL, [(c, Ty::Bool), (a, ta), (b, tb)]) => {
                if ta != tb {
                    return Err(format!("Both results of `? :` must be of one kind; here are {ta} and {tb}."));
                }
                Ok((Expr::If(Box::new(c.clone()), Box::new(a.clone()), Box::new(b.clone())), ta.clone()))
            }
            (ops::CONDITIONAL, _) => Err("The condition before `?` must be yes/no.".into()),
            (ops::LOGICAL_NOT, [(a, Ty::Bool)]) => Ok((Expr::Not(Box::new(a.clone())), Ty::Bool)),
            (ops::NEGATE, [(Expr::Lit(Value::Num(x)), _)]) => Ok((Expr::Lit(Value::Num(-x)), Ty::Num)),
            (ops::NEGATE, [(a, Ty::Num)]) => Ok((Expr::Neg(Box::new(a.clone())), Ty::Num)),
            (_, [(a, ta), (b, tb)]) if binary(name).is_some() => self.binary(name, (a, ta), (b, tb)),
            _ if builtin(name).is_some() => builtin_call(name, &args, self.scope),
            _ if operator(name) => Err(format!("`{}` does not fit {}.", plain(name), kinds(&args))),
            _ => Err(format!(
                "Unknown function `{name}`. Known: area_m2, volume_l, perimeter_m, ceil, floor, round, min, max, abs, clamp, grade_price, count, size."
            )),
        }
    }

    fn binary(&self, name: &str, (a, ta): (&Expr, &Ty), (b, tb): (&Expr, &Ty)) -> Result<(Expr, Ty), String> {
        let op = binary(name).ok_or("Unknown operator.")?;
        let fits = match op {
            BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Div | BinOp::Rem => (*ta == Ty::Num && *tb == Ty::Num).then_some(Ty::Num),
            BinOp::And | BinOp::Or => (*ta == Ty::Bool && *tb == Ty::Bool).then_some(Ty::Bool),
            BinOp::Eq | BinOp::Ne => (ta == tb && !matches!(ta, Ty::List(_))).then_some(Ty::Bool),
            BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge => (ta == tb && !matches!(ta, Ty::List(_))).then_some(Ty::Bool),
            BinOp::In => matches!(tb, Ty::List(of) if **of == *ta || matches!(b, Expr::List(l) if l.is_empty())).then_some(Ty::Bool),
        };
        let ty = fits.ok_or_else(|| format!("`{}` does not fit {ta} and {tb}.", plain(name)))?;
        match op {
            BinOp::Eq | BinOp::Ne => {
                self.offered(a, b)?;
                self.offered(b, a)?;
            }
            BinOp::In => {
                if let Expr::List(items) = b {
                    items.iter().try_for_each(|item| self.offered(a, item))?;
                }
            }
            _ => {}
        }
        Ok((Expr::Bin(op, Box::new(a.clone()), Box::new(b.clone())), ty))
    }

    /// A comparison with a value that the option never has is a typing error.
    fn offered(&self, option: &Expr, literal: &Expr) -> Result<(), String> {
        let (Expr::Opt(i), Expr::Lit(value)) = (option, literal) else { return Ok(()) };
        let Some(def) = self.scope.options.get(usize::from(*i)) else { return Ok(()) };
        match &def.domain {
            Domain::Enum(values) if !values.contains(value) => {
                let list = values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                Err(format!("`{}` is never `{value}`. It offers {list}.", def.id))
            }
            _ => Ok(()),
        }
    }
}

fn builtin_call(name: &str, args: &[(Expr, Ty)], scope: &Scope) -> Result<(Expr, Ty), String> {
    let f = builtin(name).ok_or("Unknown function.")?;
    let (least, most) = match f {
        Builtin::AreaM2 | Builtin::PerimeterM => (2, 2),
        Builtin::VolumeL | Builtin::Clamp => (3, 3),
        Builtin::Min | Builtin::Max => (1, 64),
        _ => (1, 1),
    };
    if args.len() < least || args.len() > most {
        let want = if least == most { least.to_string() } else { format!("{least} to {most}") };
        return Err(format!("`{name}` takes {want} value{}, not {}.", if most == 1 { "" } else { "s" }, args.len()));
    }
    let fits = match f {
        Builtin::Count => matches!(args[0].1, Ty::List(_)),
        Builtin::Size => matches!(args[0].1, Ty::List(_) | Ty::Text),
        Builtin::GradePrice => {
            let Expr::Opt(i) = args[0].0 else { return Err("`grade_price` takes the name of an option.".into()) };
            let def = scope.options.get(usize::from(i)).ok_or("Unknown option.")?;
            for choice in &def.choices {
                match &choice.grade {
                    None => return Err(format!("`{}` has no `grade` in its `x-fitout`, so `grade_price` has no price for it.", def.id)),
                    Some(g) if !scope.grades.contains_key(g) => return Err(format!("Grade `{g}` of `{}` has no price in `grades`.", def.id)),
                    Some(_) => {}
                }
            }
            !def.choices.is_empty()
        }
        _ => args.iter().all(|(_, ty)| *ty == Ty::Num),
    };
    if !fits {
        return Err(format!("`{name}` does not fit {}.", kinds(args)));
    }
    Ok((Expr::Call(f, args.iter().map(|(e, _)| e.clone()).collect()), Ty::Num))
}

fn kinds(args: &[(Expr, Ty)]) -> String {
    args.iter().map(|(_, ty)| ty.to_string()).collect::<Vec<_>>().join(" and ")
}

fn binary(name: &str) -> Option<BinOp> {
    Some(match name {
        ops::ADD => BinOp::Add,
        ops::SUBSTRACT => BinOp::Sub,
        ops::MULTIPLY => BinOp::Mul,
        ops::DIVIDE => BinOp::Div,
        ops::MODULO => BinOp::Rem,
        ops::EQUALS => BinOp::Eq,
        ops::NOT_EQUALS => BinOp::Ne,
        ops::LESS => BinOp::Lt,
        ops::LESS_EQUALS => BinOp::Le,
        ops::GREATER => BinOp::Gt,
        ops::GREATER_EQUALS => BinOp::Ge,
        ops::LOGICAL_AND => BinOp::And,
        ops::LOGICAL_OR => BinOp::Or,
        ops::IN => BinOp::In,
        _ => return None,
    })
}

fn builtin(name: &str) -> Option<Builtin> {
    Some(match name {
        "area_m2" => Builtin::AreaM2,
        "volume_l" => Builtin::VolumeL,
        "perimeter_m" => Builtin::PerimeterM,
        "ceil" => Builtin::Ceil,
        "floor" => Builtin::Floor,
        "round" => Builtin::Round,
        "min" => Builtin::Min,
        "max" => Builtin::Max,
        "abs" => Builtin::Abs,
        "clamp" => Builtin::Clamp,
        "grade_price" => Builtin::GradePrice,
        "count" => Builtin::Count,
        "size" => Builtin::Size,
        _ => return None,
    })
}

fn operator(name: &str) -> bool {
    binary(name).is_some() || name.contains('_') && name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

fn plain(name: &str) -> String {
    name.trim_matches('@').replace('_', "")
}

/// Writes `let`s out, for rules: those read options only, so that a rule can be judged without evaluating the recipe.
pub(crate) fn inline(expr: &Expr, lets: &[(String, Expr)], room: &mut usize) -> Result<Expr, String> {
    *room = room.checked_sub(1).ok_or_else(|| format!("With its `let`s written out the formula has more than {MAX_NODES} terms."))?;
    let mut go = |e: &Expr| inline(e, lets, room);
    Ok(match expr {
        Expr::Let(i) => {
            let (_, body) = lets.get(usize::from(*i)).ok_or("Unknown name.")?;
            go(body)?
        }
        Expr::Lit(_) | Expr::Opt(_) | Expr::Counter => expr.clone(),
        Expr::Not(a) => Expr::Not(Box::new(go(a)?)),
        Expr::Neg(a) => Expr::Neg(Box::new(go(a)?)),
        Expr::Bin(op, a, b) => Expr::Bin(*op, Box::new(go(a)?), Box::new(go(b)?)),
        Expr::If(c, a, b) => Expr::If(Box::new(go(c)?), Box::new(go(a)?), Box::new(go(b)?)),
        Expr::List(items) => Expr::List(items.iter().map(go).collect::<Result<_, _>>()?),
        Expr::Call(f, items) => Expr::Call(*f, items.iter().map(go).collect::<Result<_, _>>()?),
    })
}

/// Options that a formula reads, through its `let`s, ascending.
pub(crate) fn reads(expr: &Expr, lets: &[(String, Expr)]) -> Vec<u16> {
    // Each `let` reads only those before it, so one pass from the last to the first is enough.
    let mut wanted = vec![false; lets.len()];
    let mut options = Vec::new();
    let mut visit = |e: &Expr, wanted: &mut Vec<bool>| {
        e.walk(&mut |n| match n {
            Expr::Opt(i) => options.push(*i),
            Expr::Let(i) => {
                if let Some(w) = wanted.get_mut(usize::from(*i)) {
                    *w = true;
                }
            }
            _ => {}
        });
    };
    visit(expr, &mut wanted);
    for i in (0..lets.len()).rev() {
        if wanted[i] {
            visit(&lets[i].1, &mut wanted);
        }
    }
    options.sort_unstable();
    options.dedup();
    options
}
