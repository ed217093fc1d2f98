//! The mistakes beside this file are the content of this package; Cargo wants a library all the same.
