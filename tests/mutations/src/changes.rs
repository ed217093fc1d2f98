//! What becomes of an operator, and of a function's body.

use quote::ToTokens;
use syn::{BinOp, ReturnType};

/// What an operator may be taken for.
pub(crate) fn of_operator(operator: &BinOp) -> &'static [&'static str] {
    match operator {
        BinOp::Eq(_) => &["!="],
        BinOp::Ne(_) => &["=="],
        BinOp::And(_) => &["||"],
        BinOp::Or(_) => &["&&"],
        BinOp::Lt(_) => &["<=", ">"],
        BinOp::Gt(_) => &[">=", "<"],
        BinOp::Le(_) => &["<"],
        BinOp::Ge(_) => &[">"],
        BinOp::Add(_) => &["-"],
        BinOp::Mul(_) => &["/"],
        BinOp::Div(_) => &["*"],
        BinOp::Sub(_) | BinOp::Rem(_) => &["+"],
        BinOp::Shl(_) => &[">>"],
        BinOp::Shr(_) => &["<<"],
        BinOp::BitAnd(_) | BinOp::BitXor(_) => &["|"],
        BinOp::BitOr(_) => &["&"],
        BinOp::AddAssign(_) => &["-="],
        BinOp::SubAssign(_) => &["+="],
        BinOp::BitAndAssign(_) => &["|="],
        BinOp::BitOrAssign(_) => &["&="],
        _ => &[],
    }
}

/// What a function may answer without looking, by the type of its answer.
pub(crate) fn of_body(output: &ReturnType) -> Vec<String> {
    let ReturnType::Type(_, answer) = output else {
        return vec!["()".to_owned()];
    };
    let answer = answer.to_token_stream().to_string().replace(' ', "");
    if let Some(length) = answer.strip_prefix("[u8;").and_then(|rest| rest.strip_suffix(']')) {
        return vec![format!("[0; {length}]")];
    }
    let known: &[&str] = match answer.as_str() {
        "bool" => &["true", "false"],
        "usize" | "u64" | "u32" | "u16" | "u8" | "i64" => &["0", "1"],
        "Duration" => &["::std::time::Duration::ZERO"],
        "String" => &["String::new()"],
        "&str" | "&'staticstr" => &["\"\""],
        _ if answer.starts_with("Option<") => &["None"],
        _ if answer.starts_with("Vec<") => &["Vec::new()"],
        _ if answer.starts_with("Result<(),") => &["Ok(())"],
        _ if answer.starts_with("Result<bool,") => &["Ok(true)", "Ok(false)"],
        _ if answer.starts_with("Result<Option<") => &["Ok(None)"],
        _ => &[],
    };
    known.iter().map(|body| (*body).to_owned()).collect()
}
