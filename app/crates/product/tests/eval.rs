//! The evaluator, case by case.

use product::expr::{BinOp, Env, round_length};
use product::{Builtin, CompiledProduct, EvalError, Expr, Value};
use std::collections::BTreeMap;

fn bare() -> CompiledProduct {
    CompiledProduct {
        format: 1,
        sku: "P".into(),
        name: "P".into(),
        description: String::new(),
        category: "c".into(),
        template_version: "1".into(),
        options: Vec::new(),
        rules: Vec::new(),
        currency: "USD".into(),
        price_lines: Vec::new(),
        grades: BTreeMap::new(),
        lets: vec![("t".into(), n(25.0)), ("u".into(), op(BinOp::Mul, Expr::Let(0), n(2.0)))],
        parts: Vec::new(),
        materials: BTreeMap::new(),
        envelope: [n(1.0), n(1.0), n(1.0)],
        carbon: None,
        nests: vec![],
        presets: vec![],
        terms: None,
    }
}

fn n(x: f64) -> Expr {
    Expr::Lit(Value::Num(x))
}

fn t(x: &str) -> Expr {
    Expr::Lit(Value::from(x))
}

fn b(x: bool) -> Expr {
    Expr::Lit(Value::Bool(x))
}

fn op(o: BinOp, x: Expr, y: Expr) -> Expr {
    Expr::Bin(o, Box::new(x), Box::new(y))
}

fn call(f: Builtin, args: &[f64]) -> Expr {
    Expr::Call(f, args.iter().map(|x| n(*x)).collect())
}

#[track_caller]
fn check(expr: &Expr, expected: Result<Value, EvalError>) {
    let product = bare();
    let values = [Value::Num(3.0)];
    let env = Env::new(&product, &values).expect("lets");
    assert_eq!(expr.eval(&env.at(4.0)), expected, "{expr:?}");
}

#[test]
fn values() {
    let zero_div = || op(BinOp::Div, n(1.0), n(0.0));
    let fault = || op(BinOp::Gt, zero_div(), n(1.0));
    for (expr, expected) in [
        (Expr::Opt(0), Ok(3.0.into())),
        (Expr::Opt(1), Err(EvalError::Unknown)),
        (Expr::Let(1), Ok(50.0.into())),
        (Expr::Counter, Ok(4.0.into())),
        (op(BinOp::Div, n(7.0), n(2.0)), Ok(3.5.into())),
        (op(BinOp::Rem, n(-7.0), n(2.0)), Ok((-1.0).into())),
        (zero_div(), Err(EvalError::DivisionByZero)),
        (op(BinOp::Rem, n(1.0), n(-0.0)), Err(EvalError::DivisionByZero)),
        (op(BinOp::Mul, n(1e300), n(1e300)), Err(EvalError::NotFinite)),
        (op(BinOp::Eq, t("a"), t("a")), Ok(true.into())),
        (op(BinOp::Ne, t("a"), n(1.0)), Ok(true.into())),
        (op(BinOp::Lt, t("a"), t("b")), Ok(true.into())),
        (op(BinOp::Lt, t("a"), n(1.0)), Err(EvalError::Type("a comparison"))),
        (op(BinOp::In, n(2.0), Expr::List(vec![n(1.0), n(2.0)])), Ok(true.into())),
        (op(BinOp::In, n(3.0), Expr::List(vec![])), Ok(false.into())),
        // The deciding side wins over a fault on either side; without a decision the fault stands.
        (op(BinOp::And, b(false), fault()), Ok(false.into())),
        (op(BinOp::And, fault(), b(false)), Ok(false.into())),
        (op(BinOp::Or, fault(), b(true)), Ok(true.into())),
        (op(BinOp::And, fault(), b(true)), Err(EvalError::DivisionByZero)),
        (Expr::If(Box::new(b(true)), Box::new(n(1.0)), Box::new(zero_div())), Ok(1.0.into())),
        (Expr::Not(Box::new(n(1.0))), Err(EvalError::Type("a condition"))),
        (call(Builtin::AreaM2, &[1600.0, 800.0]), Ok(1.28.into())),
        (call(Builtin::VolumeL, &[100.0, 100.0, 100.0]), Ok(1.0.into())),
        (call(Builtin::PerimeterM, &[1000.0, 500.0]), Ok(3.0.into())),
        (call(Builtin::Round, &[-2.5]), Ok((-3.0).into())),
        (call(Builtin::Ceil, &[1.1]), Ok(2.0.into())),
        (call(Builtin::Min, &[3.0, 1.0, 2.0]), Ok(1.0.into())),
        (call(Builtin::Max, &[3.0]), Ok(3.0.into())),
        (call(Builtin::Clamp, &[5.0, 0.0, 3.0]), Ok(3.0.into())),
        (call(Builtin::Clamp, &[5.0, 9.0, 3.0]), Ok(3.0.into())),
        (call(Builtin::Min, &[]), Err(EvalError::Type("a call"))),
        (Expr::Call(Builtin::Count, vec![Expr::List(vec![b(true), b(false), b(true)])]), Ok(2.0.into())),
        (Expr::Call(Builtin::Count, vec![Expr::List(vec![n(0.0), n(0.0)])]), Ok(2.0.into())),
        (Expr::Call(Builtin::Size, vec![t("äbc")]), Ok(3.0.into())),
    ] {
        check(&expr, expected);
    }
}

#[test]
fn rounding() {
    let product = bare();
    let env = Env::new(&product, &[]).expect("lets");
    for (x, length, minor) in [(0.05, 0.1, 0), (-0.05, -0.1, 0), (2.5, 2.5, 3), (-2.5, -2.5, -3), (1.449, 1.4, 1), (-0.01, 0.0, 0)] {
        assert_eq!(n(x).eval_length(&env), Ok(length), "{x}");
        assert_eq!(n(x).eval_minor(&env), Ok(minor), "{x}");
    }
    assert_eq!(n(1e300).eval_minor(&env), Err(EvalError::NotFinite));
    assert!(round_length(-0.01).is_sign_positive());
}

#[test]
fn numbers_are_written_as_people_write_them() {
    let list = Value::List(vec![1800.0.into(), 0.5.into(), true.into(), "a".into()]);
    let json = serde_json::to_string(&list).expect("plain data");
    assert_eq!(json, r#"[1800,0.5,true,"a"]"#);
    assert_eq!(serde_json::from_str::<Value>(&json).expect("reads"), list);
}
