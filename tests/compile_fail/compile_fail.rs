//! The likeliest mistakes, and what the compiler says of them. `TRYBUILD=overwrite` rewrites what is pinned: read the
//! difference, for a message that grew to pages is a fault here.
#![allow(missing_docs)]

#[test]
fn the_likeliest_mistakes_are_told_in_words() {
    trybuild::TestCases::new().compile_fail("cases/*.rs");
}
