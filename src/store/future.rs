//! `StoreFuture`: what a store's operation returns.

use std::pin::Pin;

use crate::BoxError;

/// An operation of a store under way: boxed, since stores are chosen at run time and these operations are rare.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send + 'a>>;
