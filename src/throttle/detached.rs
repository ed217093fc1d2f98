//! Work that goes on behind the back of a caller who went away.

use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};

use tokio::runtime::Handle;

use crate::{telemetry, unwind::caught};

/// Work that is finished although its caller goes away in the midst of it: a store may have done its part.
pub(super) struct FinishOnDrop<F: Future + Send + 'static>(Option<Pin<Box<F>>>);

impl<F: Future + Send + 'static> FinishOnDrop<F> {
    pub(super) fn new(work: F) -> Self {
        Self(Some(Box::pin(work)))
    }
}

impl<F: Future + Send + 'static> Future for FinishOnDrop<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Some(work) = &mut self.0 else { return Poll::Pending };
        let outcome = work.as_mut().poll(cx);
        if outcome.is_ready() {
            self.0 = None;
        }
        outcome
    }
}

impl<F: Future + Send + 'static> Drop for FinishOnDrop<F> {
    fn drop(&mut self) {
        if let Some(work) = self.0.take() {
            finish(async move { drop(work.await) });
        }
    }
}

/// Runs to its end at once when nothing has to be waited for, as with a store in memory; else behind the caller's back.
/// Where there is no runtime any more, it is not done. A panic ends here: this runs in destructors, and in those that
/// unwind, where a second panic would take the process down.
pub(super) fn finish(work: impl Future<Output = ()> + Send + 'static) {
    let Ok(runtime) = Handle::try_current() else { return };
    let mut work = Box::pin(work);
    match caught(|| work.as_mut().poll(&mut Context::from_waker(Waker::noop()))) {
        Ok(Poll::Pending) => drop(runtime.spawn(work)),
        Ok(Poll::Ready(())) => {}
        Err(panicked) => telemetry::panicked(&panicked),
    }
}
