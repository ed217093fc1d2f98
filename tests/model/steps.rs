//! What may happen, in any order.

use proptest::prelude::*;

/// One step. Users and tokens are numbered, tokens from the newest back.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Login { user: usize },
    Use { token: usize },
    Refresh { token: usize },
    LogOut { token: usize },
    Revoke { token: usize },
    RevokeFamily { token: usize },
    RevokeUser { user: usize },
    Block { user: usize },
    Unblock { user: usize },
    Wait { millis: u64 },
    ClockBack { millis: u64 },
}

/// How many users there are.
pub(crate) const USERS: usize = 3;

/// So many steps.
pub(crate) fn steps(count: usize) -> impl Strategy<Value = Vec<Step>> {
    let (user, token) = (0..USERS, || prop_oneof![3 => 0..3_usize, 1 => 0..20_usize]);
    let step = prop_oneof![
        4 => user.clone().prop_map(|user| Step::Login { user }),
        8 => token().prop_map(|token| Step::Use { token }),
        8 => token().prop_map(|token| Step::Refresh { token }),
        1 => token().prop_map(|token| Step::LogOut { token }),
        1 => token().prop_map(|token| Step::Revoke { token }),
        1 => token().prop_map(|token| Step::RevokeFamily { token }),
        1 => user.clone().prop_map(|user| Step::RevokeUser { user }),
        1 => user.clone().prop_map(|user| Step::Block { user }),
        2 => user.prop_map(|user| Step::Unblock { user }),
        6 => time().prop_map(|millis| Step::Wait { millis }),
        2 => time().prop_map(|millis| Step::ClockBack { millis }),
    ];
    proptest::collection::vec(step, count)
}

/// Within a second, around a grace, and around a lifetime.
fn time() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..1500_u64, 3 => 1000..15_000_u64, 2 => 15_000..900_000_u64, 1 => 900_000..2_500_000_u64]
}
