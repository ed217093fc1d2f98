//! Any order of operations against a model that keeps the failures one by one and counts them anew each time.

use std::collections::HashMap;

use proptest::prelude::*;

use super::{super::*, at};
use crate::store::Budget;

const CLIENT: Budget = Budget::new(3, 2, 20, 4, 16);
const ACCOUNT: Budget = Budget::new(5, 1, 20, 2, 8);

#[derive(Clone, Copy, Debug)]
enum Step {
    Guess(Option<u8>),
    Succeed(usize),
    Release(usize),
    Clear,
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..4_u8).prop_map(|network| Step::Guess(network.checked_sub(1))),
        1 => any::<usize>().prop_map(Step::Succeed),
        2 => any::<usize>().prop_map(Step::Release),
        1 => Just(Step::Clear),
        4 => (1..12_u64).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..200)
}

/// One tally as the list of its failures; each knows its round, from one lock or window to the next.
#[derive(Default)]
struct Naive {
    failures: Vec<(u64, u32)>,
    round: u32,
    began: u64,
    /// Failures that a round after a lock begins with.
    given: usize,
    lock: Option<u64>,
    grown: u32,
}

impl Naive {
    fn is_locked(&self, now: u64) -> bool {
        self.lock.is_some_and(|until| now < until)
    }

    fn add(&mut self, budget: &Budget, now: u64) {
        let ended = self.lock.take().is_some();
        if ended || self.began + u64::from(budget.window) <= now {
            (self.round, self.began) = (self.round + 1, now);
            self.given = if ended { (budget.failures - budget.again) as usize } else { 0 };
        }
        self.failures.push((now, self.round));
        let of_round = self.failures.iter().filter(|(_, round)| *round == self.round).count();
        if self.failures.len() >= 100 {
            self.lock = Some(now + 86_400);
            self.grown += 1;
        } else if of_round + self.given >= budget.failures as usize {
            self.lock = Some(now + (u64::from(budget.lock) << self.grown.min(20)).min(budget.longest.into()));
            self.grown += 1;
        }
    }

    fn undo(&mut self, then: u64) {
        let Some(place) = self.failures.iter().rposition(|(at, _)| *at == then) else { return };
        let (_, round) = self.failures.remove(place);
        // The last one takes all along.
        if self.failures.is_empty() {
            *self = Self { round: self.round, ..Self::default() };
            return;
        }
        if round == self.round && self.lock.take().is_some() {
            self.grown -= 1;
        }
    }
}

#[derive(Default)]
struct Model {
    account: Naive,
    clients: HashMap<u8, (Naive, bool)>,
}

impl Model {
    fn guess(&mut self, network: Option<u8>, now: u64) -> Option<bool> {
        let client = network.map(|network| self.clients.entry(network).or_default());
        let known = client.as_ref().is_some_and(|(_, known)| *known);
        let by_client = client.as_ref().is_some_and(|(client, _)| client.is_locked(now));
        if by_client || !known && self.account.is_locked(now) {
            return None;
        }
        if let Some((client, _)) = client {
            client.add(&CLIENT, now);
        }
        if !known {
            self.account.add(&ACCOUNT, now);
        }
        Some(known)
    }

    fn release(&mut self, network: Option<u8>, then: u64, known: bool) {
        if let Some((client, _)) = network.and_then(|network| self.clients.get_mut(&network)) {
            client.undo(then);
        }
        if !known {
            self.account.undo(then);
        }
    }

    fn succeed(&mut self, network: Option<u8>) {
        let before = network.and_then(|network| self.clients.insert(network, (Naive::default(), true)));
        if !before.is_some_and(|(_, known)| known) {
            self.account = Naive::default();
        }
    }
}

fn guess(network: Option<u8>, now: u64) -> Guess {
    let guess = Guess::new(ThrottleKey::new("account", "ada"), ACCOUNT, at(now));
    match network {
        Some(network) => guess.by(ThrottleKey::new("client", network), CLIENT),
        None => guess,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn s52_it_decides_as_the_model_does(steps in steps()) {
        let throttle = MemoryThrottle::default();
        let mut model = Model::default();
        let mut now = 1_000;
        // Guesses that were admitted, and neither released nor right so far.
        let mut open: Vec<(Option<u8>, u64, bool)> = Vec::new();
        for step in steps {
            match step {
                Step::Wait(seconds) => now += seconds,
                Step::Guess(network) => {
                    let admitted = match throttle.judge(guess(network, now)) {
                        Verdict::Admitted { known } => Some(known),
                        Verdict::Locked { until } => {
                            prop_assert!(until > at(now));
                            None
                        }
                    };
                    prop_assert_eq!(admitted, model.guess(network, now));
                    open.extend(admitted.map(|known| (network, now, known)));
                }
                Step::Release(which) if !open.is_empty() => {
                    let (network, then, known) = open.swap_remove(which % open.len());
                    throttle.undo(guess(network, then), known);
                    model.release(network, then, known);
                }
                Step::Succeed(which) if !open.is_empty() => {
                    let (network, _, _) = open.swap_remove(which % open.len());
                    // Guesses beside a success are cleared with the rest, and have nothing to give back.
                    open.clear();
                    throttle.reward(guess(network, now));
                    model.succeed(network);
                }
                Step::Clear => {
                    open.clear();
                    throttle.forgive(guess(None, now).account, at(now));
                    model.account = Naive::default();
                    model.clients.values_mut().for_each(|(client, _)| *client = Naive::default());
                    // A failure in the very millisecond of the clearing is cleared as well.
                    now += 1;
                }
                Step::Release(_) | Step::Succeed(_) => {}
            }
        }
    }
}
