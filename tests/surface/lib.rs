//! The list beside this file is the content of this package; Cargo wants a library all the same.
