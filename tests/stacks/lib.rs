//! What the tests of the stacks share.
