//! `Placement`: whether the layer stands where the paths of its login routes arrive. Inside `nest` axum cuts their
//! beginning off, and asks nobody about those that no route of its own has.
//!
//! Looked at where a request is refused or missed anyway, so that one that is let in pays nothing.

use std::sync::atomic::{AtomicBool, Ordering};

use http::Request;

use crate::{
    routes::{Route, Routes},
    telemetry,
};

const NESTED: &str = "the layer stands inside a nested router, where its login routes are not served: add it to the outermost \
                      router, after every route, or mount AuthLayer::endpoints there";

const CUT: &str = "a login route was asked for where its path arrives without its beginning: mount AuthLayer::endpoints with \
                   Router::route_service at the whole path, not with nest_service";

#[derive(Debug, Default)]
pub(crate) struct Placement {
    /// Somebody was told, or has seen to it.
    settled: AtomicBool,
    /// Somebody was told of paths that are cut.
    told_of_cut: AtomicBool,
}

impl Placement {
    /// The login routes are mounted by themselves.
    pub(crate) fn settle(&self) {
        self.settled.store(true, Ordering::Relaxed);
    }

    /// A guarded route refused this request.
    pub(crate) fn refused<B>(&self, routes: &Routes, request: &Request<B>) {
        if !self.settled.load(Ordering::Relaxed) && routes.serves_logins() && uncut_path(request).is_some() {
            self.settle();
            telemetry::misplaced(NESTED);
        }
    }

    /// The login routes, mounted by themselves, do not know this request.
    pub(crate) fn missed<B>(&self, routes: &Routes, request: &Request<B>) {
        let sort = |path| routes.sort(request.method(), path);
        if !self.told_of_cut.load(Ordering::Relaxed)
            && uncut_path(request).map(sort).is_some_and(|route| matches!(route, Route::Endpoint(_)))
        {
            self.told_of_cut.store(true, Ordering::Relaxed);
            telemetry::misplaced(CUT);
        }
    }
}

/// The path that the client asked for, where a router has cut off its beginning.
#[cfg(feature = "axum")]
fn uncut_path<B>(request: &Request<B>) -> Option<&str> {
    let asked = request.extensions().get::<::axum::extract::OriginalUri>()?.0.path();
    let left = request.uri().path();
    (asked.len() > left.len() && asked.ends_with(left)).then_some(asked)
}

/// Other routers tell nobody what they cut off.
#[cfg(not(feature = "axum"))]
fn uncut_path<B>(_: &Request<B>) -> Option<&str> {
    None
}
