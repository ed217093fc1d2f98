//! `count!` and `gauge!`: a metric by its name, looked up in the recorder when it changes. What is counted for every
//! request has a handle instead.

/// One more.
macro_rules! count {
    ($name:literal $(, $label:literal => $value:expr)*) => {{
        #[cfg(feature = "metrics")]
        metrics::counter!($name $(, $label => $value)*).increment(1);
        #[cfg(not(feature = "metrics"))]
        {
            $(let _ = $value;)*
        }
    }};
}

/// It stands at so much.
macro_rules! gauge {
    ($value:expr, $name:literal $(, $label:literal => $is:expr)*) => {{
        #[cfg(feature = "metrics")]
        metrics::gauge!($name $(, $label => $is)*).set($value);
        #[cfg(not(feature = "metrics"))]
        {
            let _ = $value;
            $(let _ = $is;)*
        }
    }};
}
