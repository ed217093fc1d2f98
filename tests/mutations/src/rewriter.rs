//! Walks a file, and puts each change beside what it changes.

use proc_macro2::{Literal, TokenStream};
use quote::ToTokens;
use syn::{
    Arm, Attribute, BinOp, Block, Expr, ExprClosure, ExprConst, ExprLet, ExprRepeat, File, ImplItem, ImplItemFn, Item,
    ItemFn, Pat, Signature, Stmt, TraitItemFn, Type, UnOp, parse_quote, parse_str,
    spanned::Spanned,
    visit::Visit,
    visit_mut::{self, VisitMut},
};

use crate::changes;

#[derive(Default)]
pub(crate) struct Rewriter {
    path: String,
    functions: Vec<String>,
    mutants: Vec<String>,
}

impl Rewriter {
    pub(crate) fn rewrite(&mut self, path: &str, mut file: File) -> File {
        path.clone_into(&mut self.path);
        self.visit_file_mut(&mut file);
        file
    }

    pub(crate) fn mutants(&self) -> &[String] {
        &self.mutants
    }

    /// Notes a mutant, and answers with the question whether it is the one that was chosen.
    fn mutant(&mut self, line: usize, change: &str) -> Expr {
        let number = Literal::usize_unsuffixed(self.mutants.len() + 1);
        let (path, function) = (&self.path, self.functions.join("::"));
        self.mutants.push(format!("{number}\t{path}\t{line}\t{function}\t{change}"));
        parse_quote!(crate::mutant(#number))
    }

    fn function(&mut self, signature: &Signature, block: &mut Block) {
        // Whoever asks which mutant it is cannot be constant.
        if signature.constness.is_some() || signature.ident == "fmt" {
            return;
        }
        self.functions.push(signature.ident.to_string());
        let (empty, line) = (block.stmts.is_empty(), line(signature));
        visit_mut::visit_block_mut(self, block);
        for body in changes::of_body(&signature.output).into_iter().filter(|_| !empty) {
            let chosen = self.mutant(line, &format!("body -> {body}"));
            let body: TokenStream = body.parse().unwrap_or_default();
            block.stmts.insert(0, parse_quote!(if #chosen { return #body; }));
        }
        self.functions.pop();
    }

    fn question(&mut self, line: usize, what: &str, asked: &mut Expr) {
        let yes = self.mutant(line, &format!("true for {what}"));
        let no = self.mutant(line, &format!("false for {what}"));
        *asked = parse_quote!((#yes || (#asked)) && !#no);
    }
}

impl VisitMut for Rewriter {
    fn visit_item_mut(&mut self, item: &mut Item) {
        let attributes = match item {
            Item::Fn(it) => &it.attrs,
            Item::Impl(it) => &it.attrs,
            Item::Mod(it) => &it.attrs,
            Item::Const(_) | Item::Static(_) => return,
            _ => &Vec::new(),
        };
        if !for_tests(attributes) {
            visit_mut::visit_item_mut(self, item);
        }
    }

    fn visit_impl_item_mut(&mut self, item: &mut ImplItem) {
        match item {
            ImplItem::Fn(it) if !for_tests(&it.attrs) => self.visit_impl_item_fn_mut(it),
            _ => {}
        }
    }

    fn visit_item_fn_mut(&mut self, it: &mut ItemFn) {
        self.function(&it.sig, &mut it.block);
    }

    fn visit_impl_item_fn_mut(&mut self, it: &mut ImplItemFn) {
        self.function(&it.sig, &mut it.block);
    }

    fn visit_trait_item_fn_mut(&mut self, it: &mut TraitItemFn) {
        if let Some(block) = &mut it.default {
            self.function(&it.sig, block);
        }
    }

    // What must be constant.
    fn visit_type_mut(&mut self, _: &mut Type) {}
    fn visit_pat_mut(&mut self, _: &mut Pat) {}
    fn visit_expr_repeat_mut(&mut self, _: &mut ExprRepeat) {}
    fn visit_expr_const_mut(&mut self, _: &mut ExprConst) {}

    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        let (line, guard) = arm.guard.as_ref().map(|(_, guard)| (line(guard), text(guard))).unwrap_or_default();
        visit_mut::visit_arm_mut(self, arm);
        if let Some((_, asked)) = &mut arm.guard
            && !binds(asked)
        {
            self.question(line, &guard, asked);
        }
    }

    fn visit_stmt_mut(&mut self, statement: &mut Stmt) {
        let (line, change) = (line(statement), format!("without {}", text(statement)));
        visit_mut::visit_stmt_mut(self, statement);
        if matches!(statement, Stmt::Expr(does, Some(_)) if acts(does)) {
            let chosen = self.mutant(line, &change);
            *statement = parse_quote!(if !#chosen { #statement });
        }
    }

    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        let (line, whole) = match expression {
            Expr::If(it) => (line(it), text(&it.cond)),
            _ => (line(expression), text(expression)),
        };
        visit_mut::visit_expr_mut(self, expression);
        if binds(expression) && !matches!(expression, Expr::If(_)) {
            return;
        }
        match expression {
            Expr::If(it) if !binds(&it.cond) => self.question(line, &whole, &mut it.cond),
            Expr::Unary(it) if matches!(it.op, UnOp::Not(_)) => {
                let (chosen, inner) = (self.mutant(line, &format!("no ! in {whole}")), &it.expr);
                *expression = parse_quote!((if #chosen { #inner } else { #expression }));
            }
            Expr::Binary(it) => {
                let it = it.clone();
                let (left, operator, right) = (&it.left, it.op.to_token_stream(), &it.right);
                // A text, which has no other operator.
                let appends = matches!((&it.op, &**right), (BinOp::Add(_), Expr::Reference(_)));
                for other in changes::of_operator(&it.op).iter().filter(|_| !appends) {
                    let chosen = self.mutant(line, &format!("{operator} -> {other} in {whole}"));
                    if let Ok(other) = parse_str::<BinOp>(other) {
                        *expression = parse_quote!((if #chosen { #left #other #right } else { #expression }));
                    }
                }
            }
            _ => {}
        }
    }
}

fn line(tokens: &impl ToTokens) -> usize {
    tokens.span().start().line
}

fn text(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string().split_whitespace().collect::<Vec<_>>().join(" ").chars().take(100).collect()
}

fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.to_token_stream().to_string().contains("test"))
}

/// Whether a statement is there for what it does.
fn acts(expression: &Expr) -> bool {
    match expression {
        Expr::Call(it) => !it.func.to_token_stream().to_string().ends_with("drop"),
        // A name may get its first value.
        Expr::Assign(it) => !matches!(*it.left, Expr::Path(_)),
        Expr::MethodCall(_) | Expr::Await(_) | Expr::Try(_) => true,
        _ => false,
    }
}

/// Whether it has a `let` of a condition, which nothing may be put around.
fn binds(expression: &Expr) -> bool {
    struct Binds(bool);
    impl Visit<'_> for Binds {
        fn visit_expr_let(&mut self, _: &ExprLet) {
            self.0 = true;
        }
        fn visit_block(&mut self, _: &Block) {}
        fn visit_expr_closure(&mut self, _: &ExprClosure) {}
    }
    let mut binds = Binds(false);
    binds.visit_expr(expression);
    binds.0
}
